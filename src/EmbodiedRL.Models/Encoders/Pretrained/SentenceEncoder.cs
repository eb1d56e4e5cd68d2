using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Sentence encoder: a BERT such as all-MiniLM-L6-v2 with its tokenizer; a sentence is the pooled vector of its tokens.</summary>
/// <remarks>Owns everything. Not thread-safe.</remarks>
[Paper("1908.10084", "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks", Year = 2019)]
public sealed class SentenceEncoder : ITextEncoder
{
    private const int AtOnce = 32;

    private readonly Bert _model;
    private readonly ITextTokenizer _tokenizer;
    private readonly bool _poolsFirst;
    private readonly int _length;

    private SentenceEncoder(string name, Bert model, ITextTokenizer tokenizer, bool poolsFirst, int length) =>
        (Name, _model, _tokenizer, _poolsFirst, _length) = (name, model, tokenizer, poolsFirst, length);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int EmbeddingSize => _model.Width;

    /// <summary>Reads a model from its folder.</summary>
    /// <param name="folder">As a model hub has it: config, checkpoint, tokenizer.</param>
    /// <param name="name">What it is called; the folder's name if null.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="precision">What it shall compute in.</param>
    /// <param name="maximumLength">The most tokens of a text; what the folder says if null. Longer texts are cut.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is cut off or altered, or they do not belong together.</exception>
    public static SentenceEncoder Load(string folder, string? name = null, Device? device = null, Precision precision = Precision.Fp32,
        int? maximumLength = null)
    {
        TorchRuntime.EnsureLoaded();
        device ??= CPU;
        Bert model = PretrainedFolder.LoadBert(folder, device, precision.TypeOn(device));
        try
        {
            ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
            string settings = Path.Combine(folder, "sentence_bert_config.json");
            int length = maximumLength ?? (File.Exists(settings)
                ? ConfigReader.Read(settings).Integer("max_seq_length", model.ContextLength)
                : tokenizer.ContextLength ?? model.ContextLength);
            return new SentenceEncoder(name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), model,
                tokenizer, PoolsFirst(folder), Math.Min(length, model.ContextLength));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        TorchRuntime.UseThreads();
        SpecMismatchException.ThrowIfLength("embeddings of sentences", embeddings.Length, texts.Count * EmbeddingSize);
        using IDisposable still = no_grad();
        for (int first = 0; first < texts.Count; first += AtOnce)
        {
            using DisposeScope scope = NewDisposeScope();
            string[] some = [.. texts.Skip(first).Take(AtOnce)];
            EncodedBatch batch = _tokenizer.EncodeBatch(some, some.Max(text => _tokenizer.Encode(text, _length).Length));
            Tensor ids = tensor(batch.Ids).view(batch.Count, batch.Length).to(_model.Weights.Device);
            Tensor mask = tensor(batch.Mask).view(batch.Count, batch.Length).to(_model.Weights.Device);
            Tensor states = _model.Encode(ids, mask).to(ScalarType.Float32);
            Tensor pooled = _poolsFirst ? nn.functional.normalize(states.select(1, 0), p: 2, dim: 1) : Bert.MeanPool(states, mask);
            TensorSpans.Read(pooled.cpu().contiguous(), embeddings.Slice(first * EmbeddingSize, batch.Count * EmbeddingSize));
        }
    }

    /// <summary>None: unknown words are spelled in parts.</summary>
    public IReadOnlyList<string> UnknownWords(string text) => [];

    /// <summary>Frees the network.</summary>
    public void Dispose() => _model.Dispose();

    /// <summary>Whether the first token stands for a sentence, rather than the mean of all.</summary>
    private static bool PoolsFirst(string folder)
    {
        string path = Path.Combine(folder, "1_Pooling", "config.json");
        if (!File.Exists(path)) return false;
        ConfigReader config = ConfigReader.Read(path);
        (bool mean, bool first) = (config.Flag("pooling_mode_mean_tokens", false), config.Flag("pooling_mode_cls_token", false));
        return mean != first ? first : throw config.Wrong("pooling_mode_*", "the mean of tokens or the first token", "another pooling");
    }
}
