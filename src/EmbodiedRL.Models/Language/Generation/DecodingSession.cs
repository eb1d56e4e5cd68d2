using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Rows that are read on, one token each at a time.</summary>
/// <remarks>Owned by the caller. Not thread-safe.</remarks>
internal interface IDecodingSession : IDisposable
{
    /// <summary>B, rows that are read on.</summary>
    int Rows { get; }

    /// <summary>Whether leaving rows out costs nothing.</summary>
    bool KeepsFreely { get; }

    /// <summary>Reads a token of each row.</summary>
    /// <param name="tokens">[B].</param>
    /// <param name="logits">[B * V], overwritten with those of the next tokens.</param>
    void Read(ReadOnlySpan<int> tokens, Span<float> logits);

    /// <summary>Goes on with some rows only.</summary>
    /// <param name="rows">Places among the rows, increasing.</param>
    void Keep(ReadOnlySpan<int> rows);
}

/// <summary>Rows read by the model itself.</summary>
internal sealed class ModelSession(ILanguageModel model, KeyValueCache cache) : IDecodingSession
{
    private KeyValueCache _cache = cache;

    public int Rows => _cache.Rows;

    public bool KeepsFreely => false;

    public void Read(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] ids = new long[tokens.Length];
        for (int i = 0; i < ids.Length; i++) ids[i] = tokens[i];
        Device device = _cache.Mask.device;
        using var input = new ModelInput(tensor(ids, [ids.Length, 1], device: device),
            ones([ids.Length, 1], ScalarType.Bool, device));
        Tensor found = model.Logits(model.Hidden(input, _cache)).to(ScalarType.Float32);
        TensorSpans.Read(found.contiguous(), logits);
    }

    public void Keep(ReadOnlySpan<int> rows)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] places = new long[rows.Length];
        for (int i = 0; i < places.Length; i++) places[i] = rows[i];
        KeyValueCache kept = _cache.Select(tensor(places, device: _cache.Mask.device));
        _cache.Dispose();
        _cache = kept;
    }

    public void Dispose() => _cache.Dispose();
}
