"""The fuzzer is a program, run by hand and in CI."""

collect_ignore = ["fuzz.py"]
