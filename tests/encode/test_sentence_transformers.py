"""The second encoder, with the real weights written out as a sentence-transformers folder with prompts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from policygraph.encode.encoder import E5Encoder, SentenceTransformerEncoder, open_encoder
from policygraph.encode.weights import Weights, find_weights
from policygraph.errors import EncoderError

pytest.importorskip("sentence_transformers", reason="the extra sentence-transformers is not installed")
CORPUS = Path(__file__).parents[2] / "corpus"


def write_folder(weights: Weights, folder: Path) -> Path:
    """The weights as sentence-transformers reads them: a BERT model, its tokeniser, mean pooling, prompts."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    sizes = weights.sizes
    words = weights.matrix("emb.word", sizes.hidden)
    config = BertConfig(
        vocab_size=len(words), hidden_size=sizes.hidden, num_hidden_layers=sizes.layers, num_attention_heads=sizes.heads,
        intermediate_size=sizes.inner, max_position_embeddings=sizes.positions, layer_norm_eps=sizes.epsilon,
        pad_token_id=weights.pad,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    state = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": weights.floats("emb.pos").reshape(-1, sizes.hidden),
        "embeddings.token_type_embeddings.weight": weights.floats("emb.type").reshape(-1, sizes.hidden),
        "embeddings.LayerNorm.weight": weights.floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": weights.floats("emb.ln.b"),
    }
    parts = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
        "ao": "attention.output.dense", "fi": "intermediate.dense", "fo": "output.dense",
    }  # fmt: skip
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(sizes.layers):
        for short, long in parts.items():
            columns = sizes.inner if short == "fo" else sizes.hidden
            state[f"encoder.layer.{layer}.{long}.weight"] = weights.matrix(f"l{layer}.{short}.w", columns)
            state[f"encoder.layer.{layer}.{long}.bias"] = weights.floats(f"l{layer}.{short}.b")
        for short, long in norms.items():
            state[f"encoder.layer.{layer}.{long}.weight"] = weights.floats(f"l{layer}.{short}.w")
            state[f"encoder.layer.{layer}.{long}.bias"] = weights.floats(f"l{layer}.{short}.b")
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in state.items()}
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    assert not unexpected and all("position_ids" in name or "token_type_ids" in name for name in missing)
    model.save_pretrained(folder)

    tokenizer = Tokenizer(models.Unigram(list(zip(weights.pieces, map(float, weights.scores), strict=True)), unk_id=weights.unknown))
    common = {code: out for code, out in weights.normalisation.items() if code < 0x3100 or 0xFE00 <= code <= 0xFFEF}
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(chr(code), out) for code, out in common.items()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", weights.begin), ("</s>", weights.end)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=sizes.positions, bos_token="<s>", eos_token="</s>",
        cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>",
    ).save_pretrained(folder)  # fmt: skip
    (folder / "1_Pooling").mkdir()
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": sizes.hidden, "pooling_mode_mean_tokens": True})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": sizes.positions, "do_lower_case": False})
    write_json(folder / "config_sentence_transformers.json", {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": None})
    write_json(folder / "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ])  # fmt: skip
    return folder


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(Weights(find_weights()), tmp_path_factory.mktemp("e5"))


def test_both_encoders_agree_on_the_corpus(folder: Path, tmp_path: Path) -> None:
    second, first = SentenceTransformerEncoder(folder), E5Encoder(cache=tmp_path)
    lines = [line.strip() for path in sorted(CORPUS.glob("*.*")) for line in path.read_text("utf-8", "ignore").split("\n")]
    texts = [line for line in lines if 8 < len(line) < 400][::24]
    assert len(texts) > 15
    assert second.dimension == first.dimension
    assert ((first.encode_passages(texts) * second.encode_passages(texts)).sum(axis=1) > 0.99).all()
    queries = ["岸电", "How will Chongqing protect drinking water sources?", "养猪养鸡产生的粪便该怎么办？"]
    assert ((first.encode_queries(queries) * second.encode_queries(queries)).sum(axis=1) > 0.99).all()


def test_hash_depends_on_the_weights_and_is_kept(folder: Path) -> None:
    first, again = SentenceTransformerEncoder(folder), open_encoder(str(folder))
    assert first.hash == again.hash
    assert first.hash != E5Encoder().hash


def test_missing_folder_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be loaded"):
        SentenceTransformerEncoder(tmp_path)


def test_runs_where_it_is_told(folder: Path) -> None:
    import torch

    told = open_encoder(str(folder), device="cpu")
    assert told.hash == SentenceTransformerEncoder(folder).hash
    assert told.encode_queries(["岸电"]).shape == (1, told.dimension)
    if not torch.cuda.is_available():
        with pytest.raises(EncoderError, match=r"cannot run on cuda: torch .* sees 0 cards. Install a torch with CUDA"):
            open_encoder(str(folder), device="cuda")
