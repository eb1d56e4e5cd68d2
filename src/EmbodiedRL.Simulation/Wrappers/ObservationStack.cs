using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>
/// Stacks of the last observations of N environments, [N, groups, count, width], the oldest first: one
/// group for numbers, one a pixel for images.
/// </summary>
/// <param name="rows">N.</param>
/// <param name="count">Observations in a stack.</param>
/// <param name="width">Values of one observation in a group: its numbers, or the channels of a pixel.</param>
/// <param name="groups">1, or the pixels of an image.</param>
internal sealed class ObservationStack<T>(int rows, int count, int width, int groups) where T : unmanaged
{
    private readonly int _one = groups * width;
    private readonly int _all = groups * count * width;

    /// <summary>[N, groups, count, width].</summary>
    public T[] Values { get; } = new T[RequireRoom(rows, count, (long)width * groups)];

    /// <summary>Drops the oldest of a row and adds the newest.</summary>
    /// <param name="row">Which environment.</param>
    /// <param name="observations">[N, groups, width].</param>
    public void Push(int row, T[] observations)
    {
        ReadOnlySpan<T> newest = observations.AsSpan(row * _one, _one);
        Span<T> stack = Stack(row);
        for (int group = 0; group < groups; group++)
        {
            Span<T> own = stack.Slice(group * count * width, count * width);
            own[width..].CopyTo(own);
            newest.Slice(group * width, width).CopyTo(own[^width..]);
        }
    }

    /// <summary>Makes a stack of copies of one observation.</summary>
    /// <param name="row">Which environment.</param>
    /// <param name="observations">[N, groups, width].</param>
    public void Fill(int row, T[] observations)
    {
        ReadOnlySpan<T> first = observations.AsSpan(row * _one, _one);
        Span<T> stack = Stack(row);
        for (int place = 0; place < groups * count; place++) first.Slice(place / count * width, width).CopyTo(stack[(place * width)..]);
    }

    /// <summary>Copies a row's stack out.</summary>
    /// <param name="row">Which environment.</param>
    /// <param name="into">[N, groups, count, width].</param>
    public void Show(int row, T[] into) => Stack(row).CopyTo(into.AsSpan(row * _all));

    private static int RequireRoom(int rows, int count, long one)
    {
        double values = (double)rows * count * one;
        MemoryRoom.Require(FormattableString.Invariant($"Stacks of {count} observations of {rows} environments"), values,
            values * System.Runtime.CompilerServices.Unsafe.SizeOf<T>(),
            "Lower the wrapper's count, env:count, or what is observed.");
        return (int)values;
    }

    private Span<T> Stack(int row) => Values.AsSpan(row * _all, _all);
}
