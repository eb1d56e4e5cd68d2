using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Tests.Wrappers;

/// <summary>
/// <see cref="Counting"/> that also shows an image of 2 x 1 pixels of two channels: (10 episode + step, row) in
/// the upper one, 100 more in the lower one.
/// </summary>
internal sealed class CountingImages(int count) : IMaskedStepping
{
    private readonly Counting _inner = new(count);

    public EnvironmentInfo Info { get; } = Describe(new Counting(1).Info);

    public int Count => count;

    public bool SupportsMasking => true;

    /// <summary>The image of a row's episode and step.</summary>
    public static byte[] ImageOf(int row, int episode, int step) =>
        [(byte)((10 * episode) + step), (byte)row, (byte)(100 + (10 * episode) + step), (byte)(100 + row)];

    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        _inner.Reset(seed, start, into);
        Draw(into, all: true);
    }

    public void Step(ReadOnlySpan<float> actions, StepBuffer into) => StepMasked(actions, new bool[count], into);

    public void StepMasked(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into)
    {
        _inner.StepMasked(actions, skipped, into);
        for (int row = 0; row < into.Count; row++)
            if (!skipped[row]) Draw(into, row);
    }

    public void ResetRows(ReadOnlySpan<bool> rows, StepBuffer into)
    {
        for (int row = 0; row < into.Count; row++)
            if (rows[row]) into.Images.AsSpan(row * 4, 4).CopyTo(into.FinalImages.AsSpan(row * 4));
        _inner.ResetRows(rows, into);
        for (int row = 0; row < into.Count; row++)
            if (rows[row]) Put(into.Images, row, into.Observations);
    }

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into) => Draw(into, all: true);

    public void Save(Snapshot into)
    {
    }

    public void Load(Snapshot from)
    {
    }

    public void Dispose()
    {
    }

    private static EnvironmentInfo Describe(EnvironmentInfo info) =>
        info with
        {
            Scene = null,
            Camera = "",
            Observations = new ObservationSpec(info.Observations.Fields) { Image = new ImageSpec(2, 1, 2) }
        };

    private static void Put(byte[] images, int row, float[] observations) =>
        ImageOf(row, (int)observations[2 * row], (int)observations[(2 * row) + 1]).CopyTo(images, row * 4);

    private static void Draw(StepBuffer into, bool all)
    {
        for (int row = 0; all && row < into.Count; row++) Put(into.Images, row, into.Observations);
    }

    private static void Draw(StepBuffer into, int row)
    {
        Put(into.Images, row, into.Observations);
        if (into.Kinds[row].Ends()) Put(into.FinalImages, row, into.FinalObservations);
    }
}
