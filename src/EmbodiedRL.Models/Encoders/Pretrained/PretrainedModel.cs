using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Pretrained image-text model: a published two-tower network with its tokenizer and its preprocessing.</summary>
/// <remarks>
/// Images go through in blocks; while the towers read one, the next is being resized. Equal frames of one call are embedded once. Equal
/// calls give equal bits; the last bits of an embedding may depend on how many images are in its block. Owns everything. Not thread-safe.
/// </remarks>
[NoPaper("a network with the files around it; the networks name their papers")]
public sealed class PretrainedModel : IImageTextModel
{
    private readonly TwoTowers _towers;
    private readonly ImageInput _input;
    private readonly ITextTokenizer _tokenizer;
    private readonly Tensor[] _blocks;
    private readonly int _workers;

    internal PretrainedModel(string name, TwoTowers towers, ImageInput input, ITextTokenizer tokenizer)
    {
        (Name, _towers, _input, _tokenizer) = (name, towers, input, tokenizer);
        _blocks = [.. Enumerable.Range(0, 2).Select(_ => empty([input.Block, input.Length]).DetachFromDisposeScope())];
        // on a processor the towers want the other cores
        _workers = towers.Weights.Device.type == DeviceType.CPU ? 1 : Math.Max(1, Environment.ProcessorCount - 1);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int ImageSize => _towers.ImageSize;

    /// <inheritdoc/>
    public int EmbeddingSize => _towers.EmbeddingSize;

    /// <summary>What a published model was trained on is not recorded.</summary>
    public TrainingRecord Record => TrainingRecord.None;

    /// <summary>The network; lent.</summary>
    public TwoTowers Towers => _towers;

    /// <summary>What it computes in.</summary>
    public ScalarType Type => _towers.Weights.Type;

    /// <summary>Images embedded since it was made; equal frames of one call count once.</summary>
    public long EncodedImages { get; private set; }

    /// <summary>Reads a model from its folder.</summary>
    /// <param name="folder">As a model hub has it: config, checkpoint, tokenizer, preprocessing.</param>
    /// <param name="name">What it is called; the folder's name if null.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="precision">What it shall compute in.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is cut off or altered, or they do not belong together.</exception>
    public static PretrainedModel Load(string folder, string? name = null, Device? device = null, Precision precision = Precision.Auto)
    {
        TorchRuntime.EnsureLoaded();
        device ??= CPU;
        TwoTowers towers = PretrainedFolder.LoadTowers(folder, device, precision.TypeOn(device));
        try
        {
            ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
            return new PretrainedModel(name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), towers,
                ImageInput.Of(towers, folder), tokenizer);
        }
        catch
        {
            towers.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
    {
        TorchRuntime.UseThreads();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        int frame = checked(width * height * 3), count = frames.Length / frame;
        SpecMismatchException.ThrowIfLength("frames", frames.Length, count * frame);
        SpecMismatchException.ThrowIfLength("embeddings of images", embeddings.Length, count * EmbeddingSize);
        if (count == 0) return;
        int[] first = EqualFrames.FirstOfEach(frames, frame);
        int[] distinct = [.. Enumerable.Range(0, count).Where(i => first[i] == i)];
        Encode(frames, width, height, distinct, embeddings);
        for (int i = 0; i < count; i++)
            if (first[i] != i)
                embeddings.Slice(first[i] * EmbeddingSize, EmbeddingSize).CopyTo(embeddings.Slice(i * EmbeddingSize, EmbeddingSize));
        EncodedImages += distinct.Length;
    }

    /// <inheritdoc/>
    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        TorchRuntime.UseThreads();
        SpecMismatchException.ThrowIfLength("embeddings of sentences", embeddings.Length, texts.Count * EmbeddingSize);
        if (texts.Count == 0) return;
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int context = _towers.ContextLength;
        int length = _towers.PadsToContext ? context : texts.Max(text => _tokenizer.Encode(text, context).Length);
        EncodedBatch batch = _tokenizer.EncodeBatch(texts, length);
        Tensor ids = tensor(batch.Ids).view(batch.Count, length), mask = tensor(batch.Mask).view(batch.Count, length);
        Device device = _towers.Weights.Device;
        Tensor embedded = _towers.Normalize(_towers.EncodeTexts(ids.to(device),
            _towers.ReadsMask ? mask.to(device) : null).to(ScalarType.Float32));
        TensorSpans.Read(embedded.contiguous(), embeddings);
    }

    /// <summary>None: published tokenizers spell unknown words in parts.</summary>
    public IReadOnlyList<string> UnknownWords(string text) => [];

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        _towers.Dispose();
        foreach (Tensor block in _blocks) block.Dispose();
    }

    /// <summary>Embeds chosen frames; the next block is prepared while the towers read one.</summary>
    private unsafe void Encode(ReadOnlySpan<byte> frames, int width, int height, int[] chosen, Span<float> embeddings)
    {
        using IDisposable still = no_grad();
        int block = _input.Block, size = width * height * 3;
        fixed (byte* start = frames) // so that another thread may read them until this method ends
        {
            nint source = (nint)start;
            Task Prepare(int from) => Task.Run(() => PrepareBlock(source, size, width, height, chosen, from));
            Task prepared = Prepare(0);
            try
            {
                for (int from = 0; from < chosen.Length; from += block)
                {
                    prepared.GetAwaiter().GetResult();
                    Tensor ready = _blocks[from / block % 2];
                    prepared = from + block < chosen.Length ? Prepare(from + block) : Task.CompletedTask;
                    using DisposeScope scope = NewDisposeScope();
                    int some = Math.Min(block, chosen.Length - from);
                    Tensor embedded = _input.Encode(ready.narrow(0, 0, some), width, height).to(ScalarType.Float32);
                    ReadOnlySpan<float> vectors = Values(_towers.Normalize(embedded).cpu().contiguous());
                    for (int i = 0; i < some; i++)
                        vectors.Slice(i * EmbeddingSize, EmbeddingSize).CopyTo(embeddings[(chosen[from + i] * EmbeddingSize)..]);
                }
            }
            finally
            {
                prepared.ContinueWith(static _ => { }, TaskScheduler.Default).Wait(); // it reads the frames
            }
        }
    }

    private unsafe void PrepareBlock(nint source, int size, int width, int height, int[] chosen, int from)
    {
        Tensor block = _blocks[from / _input.Block % 2];
        nint target = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(block.bytes));
        int some = Math.Min(_input.Block, chosen.Length - from), length = _input.Length;
        void One(int i) => _input.Prepare(new ReadOnlySpan<byte>((byte*)source + ((long)chosen[from + i] * size), size), width, height,
            new Span<float>((float*)target + ((long)i * length), length));
        if (_workers == 1) for (int i = 0; i < some; i++) One(i);
        else Parallel.For(0, some, new ParallelOptions { MaxDegreeOfParallelism = _workers }, One);
    }

    private static ReadOnlySpan<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
