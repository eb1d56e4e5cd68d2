using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation.Checking;

/// <summary>Whose memory is written, and that none is made.</summary>
internal static class MemoryChecks
{
    private const int Steps = 40;
    private const StepKind NoKind = (StepKind)byte.MaxValue;

    /// <summary>Two buffers in turn, full of nonsense before they are handed over; beside it the same with one buffer.</summary>
    public static IEnumerable<Finding> Memory(EnvironmentCheck.Maker create)
    {
        using CheckRollout usual = new(create), turns = new(create);
        StepBuffer[] buffers = [turns.Buffer, new StepBuffer(CheckRollout.Usual, turns.Info)];
        var kept = new StepBuffer(CheckRollout.Usual, turns.Info);
        usual.Reset(13);
        for (int step = 0; step <= Steps; step++)
        {
            StepBuffer into = buffers[step % 2], other = buffers[(step + 1) % 2];
            BufferComparison.Copy(other, kept);
            Spoil(into);
            turns.WriteInto(into);
            if (step == 0) turns.Reset(13);
            else turns.Step();
            string moment = step == 0 ? "a reset" : $"step {step}";
            if (step > 0) usual.Step();

            if (BufferComparison.Difference(usual.Buffer, into, usual.Info) is { } difference)
            {
                yield return new("a buffer overwritten in full by numbers of the environment's own",
                    $"{difference} after {moment} into a buffer full of nonsense",
                    "Write every value of the row, and keep what is remembered elsewhere.");
                yield break;
            }

            if (step > 0 && BufferComparison.Difference(kept, other, usual.Info) is { } touched)
            {
                yield return new("buffers of earlier steps to stay as they were",
                    $"{touched} in one given before {moment}",
                    "Keep no reference to a buffer: it is the caller's, who may still read it.");
                yield break;
            }
        }
    }

    public static IEnumerable<Finding> Allocation(EnvironmentCheck.Maker create)
    {
        using var trial = new CheckRollout(create);
        trial.Reset(1);
        for (int step = 0; step < 5; step++) trial.Step();
        int steps = trial.Info.EpisodeSteps + 5; // an episode's end and the next one's start among them
        long bytes = AllocatedIn(steps, trial);
        // what the first end of an episode makes once for the whole process is no allocation of a step
        if (bytes > 0) bytes = AllocatedIn(steps, trial);
        if (bytes > 0)
            yield return new("0 bytes allocated by a step",
                $"{bytes} in {steps} steps of {CheckRollout.Usual} environments",
                "Make arrays once, in the constructor; avoid LINQ, lambdas that capture and strings in Observe, Reward and ReadState.");
    }

    private static long AllocatedIn(int steps, CheckRollout trial)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < steps; step++) trial.Step(trial.Actions);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Spoil(StepBuffer buffer)
    {
        foreach (float[] values in new[] { buffer.Observations, buffer.FinalObservations, buffer.States, buffer.Poses, buffer.Rewards,
            buffer.RewardTerms }) Array.Fill(values, -12345.678f);
        foreach (byte[] images in new[] { buffer.Images, buffer.FinalImages })
            for (int at = 0; at < images.Length; at++) images[at] ^= 0xA5; // other bytes everywhere, whatever was there
        Array.Fill(buffer.Kinds, NoKind);
    }
}
