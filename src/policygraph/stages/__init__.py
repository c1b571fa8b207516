"""The steps of a build, each a function of what stages before it wrote: `reading` makes records of files, `writing` makes a
release of records. `policygraph.pipeline` puts them together."""
