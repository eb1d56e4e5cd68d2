using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Rows read by a decoder whose weights were copied into plain memory; the module is its definition and its oracle.</summary>
/// <remarks>
/// Each thread reads some rows through all layers, so that threads meet once for each token. What was read of a prompt is kept once for
/// all its completions. 32-bit floats on processors with 256-bit multiply-add.
/// </remarks>
internal sealed unsafe class PackedSession : IDecodingSession
{
    /// <summary>More weights than these are not worth to be copied for one batch of completions.</summary>
    public const long MostWeights = 100_000_000;

    private readonly DecoderSettings _sizes;
    private readonly Layer[] _layers;
    private readonly PackedMatrix _head;
    private readonly float[] _table, _norm, _cos, _sin;
    private readonly Prompt[] _prompts;
    private readonly int[] _promptOf;
    private readonly int[] _slots; // of the rows that are read on
    private readonly int _room, _threads, _rowSize;
    private readonly nint _memory; // keys and values of completions, [row][layer][head][keys [D, room], values [room, D]]
    private readonly Scratch[] _scratch;
    private int _read; // tokens of each completion that are in memory
    private bool _isDisposed;

    /// <summary>Copies weights, and what a cache read of the prompts.</summary>
    /// <param name="decoder">Layers.</param>
    /// <param name="head">To logits; null where the table of embeddings does it.</param>
    /// <param name="cache">One row for each prompt; lent.</param>
    /// <param name="completions">G, rows of each prompt.</param>
    /// <param name="room">The most tokens that will be read.</param>
    public PackedSession(Decoder decoder, LinearLayer? head, KeyValueCache cache, int completions, int room)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _sizes = decoder.Settings;
        _layers = [.. decoder.Layers.Select(layer => new Layer(layer))];
        Tensor table = decoder.Embeddings.Weight;
        _head = head is null ? PackedMatrix.Of([table], [null]) : PackedMatrix.Of(head);
        _table = Pinned(table);
        _norm = Pinned(decoder.Norm.Weight);
        long[] positions = cache.Positions.cpu().data<long>().ToArray();
        (_cos, _sin) = decoder.Rotary.Values((int)positions.Max() + room + 1);
        _prompts = Prompt.Read(cache, _sizes, positions);
        _room = (room + 7) / 8 * 8;
        Rows = cache.Rows * completions;
        _promptOf = [.. Enumerable.Range(0, Rows).Select(row => row / completions)];
        _slots = [.. Enumerable.Range(0, Rows)];
        _rowSize = 2 * _sizes.Layers * _sizes.KeyValueHeads * _sizes.HeadSize * _room;
        _threads = Math.Max(1, Math.Min(get_num_threads(), (Rows + PackedMatrix.Block - 1) / PackedMatrix.Block));
        int share = Round((Rows + _threads - 1) / _threads);
        int longest = _prompts.Max(prompt => prompt.Length) + _room + 16;
        _scratch = [.. Enumerable.Range(0, _threads).Select(_ => new Scratch(_sizes, _layers[0], _head, share, longest))];
        _memory = (nint)NativeMemory.AlignedAlloc((nuint)Rows * (nuint)_rowSize * sizeof(float), 64);
    }

    /// <summary>Whether this machine and a model's weights allow it.</summary>
    public static bool Fits(Decoder decoder) => Vector256.IsHardwareAccelerated && Fma.IsSupported && decoder.Type == ScalarType.Float32
        && decoder.Device.type == DeviceType.CPU && decoder.parameters().Sum(weight => weight.numel()) <= MostWeights;

    public int Rows { get; private set; }

    public bool KeepsFreely => true;

    public void Read(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        SpecMismatchException.ThrowIfLength("tokens of rows", tokens.Length, Rows);
        SpecMismatchException.ThrowIfLength("logits of rows", logits.Length, Rows * _sizes.VocabularySize);
        if (_read == _room) throw new SpecMismatchException("tokens of a row", $"at most {_room}", $"{_read + 1}");
        fixed (int* ids = tokens)
        fixed (float* into = logits) // so that other threads may use them until this method ends
        {
            (nint from, nint to) = ((nint)ids, (nint)into);
            int share = Round((Rows + _threads - 1) / _threads);
            void Part(int part)
            {
                int start = part * share, count = Math.Min(share, Rows - start);
                if (count > 0) Read(_scratch[part], start, count, (int*)from, (float*)to);
            }

            if (_threads == 1) Part(0);
            else Parallel.For(0, _threads, Part);
        }

        _read++;
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        for (int i = 0; i < rows.Length; i++) _slots[i] = _slots[rows[i]];
        Rows = rows.Length;
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        NativeMemory.AlignedFree((void*)_memory);
        GC.SuppressFinalize(this);
    }

    ~PackedSession() => Dispose();

    private static int Round(int rows) => (rows + PackedMatrix.Block - 1) / PackedMatrix.Block * PackedMatrix.Block;

    private static float[] Pinned(Tensor values)
    {
        float[] copy = GC.AllocateUninitializedArray<float>((int)values.numel(), pinned: true);
        TensorSpans.Read(values.contiguous(), copy);
        return copy;
    }

    private static float* At(float[] pinned) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private void Read(Scratch s, int start, int count, int* tokens, float* logits)
    {
        int hidden = _sizes.HiddenSize, rows = Round(count), half = _sizes.HeadSize / 2, size = _sizes.HeadSize;
        int heads = _sizes.Heads, groups = _sizes.KeyValueHeads, forward = _sizes.FeedForwardSize;
        float epsilon = (float)_sizes.NormEpsilon;
        float* x = At(s.X), normed = At(s.Normed), mixed = At(s.Mixed), qkv = At(s.Projected), gates = At(s.Gates), gated = At(s.Gated);
        for (int i = 0; i < count; i++)
            new ReadOnlySpan<float>(At(_table) + ((long)tokens[start + i] * hidden), hidden)
                .CopyTo(new Span<float>(x + (i * s.Width), hidden));
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            Layer weights = _layers[layer];
            for (int i = 0; i < count; i++)
                RowKernels.Normalize(x + (i * s.Width), At(weights.AttentionNorm), hidden, epsilon, normed + (i * hidden));
            weights.Projections.Multiply(normed, rows, qkv, adds: false);
            for (int i = 0; i < count; i++)
            {
                int slot = _slots[start + i];
                float* row = qkv + (i * weights.Projections.Width), own = (float*)_memory + ((long)slot * _rowSize);
                long position = _prompts[_promptOf[slot]].Position + _read;
                float* cos = At(_cos) + (position * half), sin = At(_sin) + (position * half);
                for (int head = 0; head < heads + groups; head++) RowKernels.Rotate(row + (head * size), cos, sin, half);
                own += 2L * layer * groups * size * _room;
                Remember(row + (heads * size), row + ((heads + groups) * size), own);
                Attend(s, row, _prompts[_promptOf[slot]], layer, own, mixed + (i * heads * size));
            }

            weights.Output.Multiply(mixed, rows, x, adds: true);
            for (int i = 0; i < count; i++)
                RowKernels.Normalize(x + (i * s.Width), At(weights.FeedForwardNorm), hidden, epsilon, normed + (i * hidden));
            weights.Gates.Multiply(normed, rows, gates, adds: false);
            for (int i = 0; i < count; i++)
            {
                float* gate = gates + (i * weights.Gates.Width);
                RowKernels.Gate(gate, gate + forward, forward, gated + (i * forward));
            }

            weights.Down.Multiply(gated, rows, x, adds: true);
        }

        for (int i = 0; i < count; i++) RowKernels.Normalize(x + (i * s.Width), At(_norm), hidden, epsilon, normed + (i * hidden));
        float* scores = At(s.Logits);
        _head.Multiply(normed, rows, scores, adds: false);
        int vocabulary = _sizes.VocabularySize;
        for (int i = 0; i < count; i++)
            new ReadOnlySpan<float>(scores + ((long)i * _head.Width), vocabulary)
                .CopyTo(new Span<float>(logits + ((long)(start + i) * vocabulary), vocabulary));
    }

    /// <summary>Puts the new token's keys and values beside those of a row.</summary>
    private void Remember(float* keys, float* values, float* own)
    {
        int size = _sizes.HeadSize;
        for (int head = 0; head < _sizes.KeyValueHeads; head++, own += 2 * size * _room)
        {
            // the scores of eight keys are made at once: those beside the new one must be numbers
            bool opens = _read % 8 == 0;
            for (int d = 0; d < size; d++)
            {
                float* place = own + (d * _room) + _read;
                if (opens) new Span<float>(place, 8).Clear();
                *place = keys[(head * size) + d];
            }

            new ReadOnlySpan<float>(values + (head * size), size).CopyTo(new Span<float>(own + (size * _room) + (_read * size), size));
        }
    }

    private void Attend(Scratch s, float* query, Prompt prompt, int layer, float* own, float* into)
    {
        int size = _sizes.HeadSize, group = _sizes.Heads / _sizes.KeyValueHeads, count = _read + 1, past = prompt.Length;
        float scale = 1 / MathF.Sqrt(size);
        float* scores = At(s.Scores);
        for (int head = 0; head < _sizes.Heads; head++)
        {
            float* pastKeys = prompt.At(layer, head / group, _sizes), pastValues = pastKeys + ((long)size * prompt.Stride);
            float* keys = own + (2L * (head / group) * size * _room), q = query + (head * size), mix = into + (head * size);
            RowKernels.Score(q, pastKeys, size, past, prompt.Stride, scale, scores);
            RowKernels.Score(q, keys, size, count, _room, scale, scores + past);
            float sum = RowKernels.Exponentiate(scores, past + count, RowKernels.Largest(scores, past + count));
            new Span<float>(mix, size).Clear();
            RowKernels.Mix(scores, pastValues, past, size, mix);
            RowKernels.Mix(scores + past, keys + ((long)size * _room), count, size, mix);
            float share = 1 / sum;
            for (int d = 0; d < size; d++) mix[d] *= share;
        }
    }

    /// <summary>Weights of a layer.</summary>
    private sealed class Layer(DecoderLayer layer)
    {
        public float[] AttentionNorm { get; } = Pinned(layer.AttentionNorm.Weight);

        public PackedMatrix Projections { get; } = PackedMatrix.Of(layer.Attention.Query, layer.Attention.Key, layer.Attention.Value);

        public PackedMatrix Output { get; } = PackedMatrix.Of(layer.Attention.Output);

        public float[] FeedForwardNorm { get; } = Pinned(layer.FeedForwardNorm.Weight);

        public PackedMatrix Gates { get; } = PackedMatrix.Of(layer.FeedForward.Gate, layer.FeedForward.Up);

        public PackedMatrix Down { get; } = PackedMatrix.Of(layer.FeedForward.Down);
    }

    /// <summary>What one thread computes in.</summary>
    private sealed class Scratch(DecoderSettings sizes, Layer layer, PackedMatrix head, int rows, int longest)
    {
        /// <summary>Columns of hidden states.</summary>
        public int Width => layer.Down.Width;

        public float[] X { get; } = New((long)rows * layer.Down.Width);

        public float[] Normed { get; } = New((long)rows * sizes.HiddenSize);

        public float[] Projected { get; } = New((long)rows * layer.Projections.Width);

        public float[] Mixed { get; } = New((long)rows * sizes.Heads * sizes.HeadSize);

        public float[] Gates { get; } = New((long)rows * layer.Gates.Width);

        public float[] Gated { get; } = New((long)rows * sizes.FeedForwardSize);

        public float[] Logits { get; } = New((long)rows * head.Width);

        public float[] Scores { get; } = New(longest);

        private static float[] New(long length) => GC.AllocateArray<float>((int)length, pinned: true);
    }

    /// <summary>Keys and values of a prompt, without padding.</summary>
    private sealed class Prompt
    {
        private readonly float[] _memory; // [layer][head][keys [D, stride], values [length, D]]

        private Prompt(int length, long position, DecoderSettings sizes)
        {
            (Length, Position) = (length, position);
            Stride = (length + 7) / 8 * 8;
            _memory = GC.AllocateArray<float>(sizes.Layers * sizes.KeyValueHeads * sizes.HeadSize * (Stride + length), pinned: true);
        }

        /// <summary>Tokens.</summary>
        public int Length { get; }

        /// <summary>Room for keys.</summary>
        public int Stride { get; }

        /// <summary>Of the first token after it.</summary>
        public long Position { get; }

        /// <summary>All prompts of a cache.</summary>
        public static Prompt[] Read(KeyValueCache cache, DecoderSettings sizes, long[] positions)
        {
            bool[] mask = cache.Mask.narrow(1, 0, cache.Length).contiguous().cpu().data<bool>().ToArray();
            int rows = cache.Rows, length = cache.Length, size = sizes.HeadSize, heads = sizes.KeyValueHeads;
            int[][] columns = [.. Enumerable.Range(0, rows)
                .Select(row => (int[])[.. Enumerable.Range(0, length).Where(column => mask[(row * length) + column])])];
            Prompt[] prompts = [.. Enumerable.Range(0, rows).Select(row => new Prompt(columns[row].Length, positions[row], sizes))];
            float[] keys = new float[rows * heads * length * size], values = new float[keys.Length];
            for (int layer = 0; layer < sizes.Layers; layer++)
            {
                using DisposeScope scope = NewDisposeScope();
                (Tensor k, Tensor v) = cache.Layer(layer);
                TensorSpans.Read(k.contiguous(), keys);
                TensorSpans.Read(v.contiguous(), values);
                for (int row = 0; row < rows; row++)
                    for (int head = 0; head < heads; head++)
                    {
                        int stride = prompts[row].Stride;
                        float* toKeys = prompts[row].At(layer, head, sizes), toValues = toKeys + ((long)size * stride);
                        for (int i = 0; i < columns[row].Length; i++)
                        {
                            int from = ((((row * heads) + head) * length) + columns[row][i]) * size;
                            for (int d = 0; d < size; d++) toKeys[(d * stride) + i] = keys[from + d];
                            values.AsSpan(from, size).CopyTo(new Span<float>(toValues + (i * size), size));
                        }
                    }
            }

            return prompts;
        }

        /// <summary>Keys of one head of one layer; its values follow them.</summary>
        public float* At(int layer, int head, DecoderSettings sizes) => PackedSession.At(_memory)
            + ((long)((layer * sizes.KeyValueHeads) + head) * sizes.HeadSize * (Stride + Length));
    }
}
