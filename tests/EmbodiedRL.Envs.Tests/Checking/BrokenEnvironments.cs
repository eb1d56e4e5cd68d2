using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Envs.Tests.Checking;

/// <summary>One environment for each check that breaks that promise and no other.</summary>
internal static class BrokenEnvironments
{
    public static IReadOnlyDictionary<string,
        Func<int, int, IVectorEnvironment>> ByCheck
    { get; } = new Dictionary<string, Func<int, int, IVectorEnvironment>>
    {
        ["description"] = (count, workers) => new Silent(count, workers),
        ["bounds"] = (count, workers) => new TooLarge(count, workers),
        ["finite"] = (count, workers) => new NoNumber(count, workers),
        ["moves"] = (count, workers) => new Frozen(count, workers),
        ["poses"] = (count, workers) => new Sheared(count, workers),
        ["actions"] = (count, workers) => new Credulous(count, workers),
        ["reward"] = (count, workers) => new SecretBonus(count, workers),
        ["determinism"] = (count, workers) => new ThreadDependent(count, workers),
        ["afresh"] = (count, workers) => new Worn(count, workers),
        ["rows"] = (count, workers) => new Crowded(count, workers),
        ["memory"] = (count, workers) => new Clinging(count, workers),
        ["allocation"] = (count, workers) => new Wasteful(count, workers),
        ["snapshot"] = (count, workers) => new Amnesiac(count, workers),
        ["starts"] = (count, workers) => new OneStart(count, workers),
        ["endings"] = (count, workers) => new NeverTruncated(count, workers),
        ["placement"] = (count, workers) => new OneDraw(count, workers),
        ["facts"] = (count, workers) => new NeverTrue(count, workers),
        ["cameras"] = (count, workers) => new LookingAway(count, workers),
    };

    private sealed class Silent(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override EnvironmentInfo Info => base.Info with { Summary = "" };
    }

    private sealed class TooLarge(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            for (int at = Info.Observations.Offset("pole/cos"); at < into.Observations.Length; at += Info.Observations.Length)
                into.Observations[at] *= 1.5f;
        }
    }

    private sealed class NoNumber(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
        {
            base.SampleStates(seed, draw, source, into);
            if (source == StateSource.HardNegatives) into.Poses[0] = float.NaN; // a position, and in states that no other check projects
        }
    }

    private sealed class Frozen(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Reset(ulong seed, StartDistribution start, StepBuffer into)
        {
            base.Reset(seed, start, into);
            Freeze(into);
        }

        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            Freeze(into);
        }

        public override void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
        {
            base.SampleStates(seed, draw, source, into);
            Freeze(into);
        }

        private void Freeze(StepBuffer into)
        {
            for (int at = Info.Observations.Offset("pole/velocity"); at < into.Observations.Length; at += Info.Observations.Length)
                into.Observations[at] = 0;
        }
    }

    private sealed class Sheared(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
        {
            base.SampleStates(seed, draw, source, into);
            into.Poses[3] *= 1.1f;
        }
    }

    private sealed class Credulous(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            foreach (float action in actions)
                if (float.IsNaN(action)) return; // as if nothing were wrong
            base.Step(actions, into);
        }
    }

    private sealed class SecretBonus(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            for (int row = 0; row < Count; row++) into.Rewards[row] += 0.1f;
        }
    }

    private sealed class ThreadDependent(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            if (Workers > 2) into.Observations[0] += 1e-6f;
        }
    }

    private sealed class Worn(int count, int workers) : AlteredEnvironment(count, workers)
    {
        private int _resets;

        public override void Reset(ulong seed, StartDistribution start, StepBuffer into)
        {
            base.Reset(seed, start, into);
            into.Observations[0] += 1e-3f * _resets++;
        }
    }

    private sealed class Crowded(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            into.States[0] += 1e-4f * Count;
        }
    }

    /// <summary>Keeps the first buffer it is given, and counts in it.</summary>
    private sealed class Clinging(int count, int workers) : AlteredEnvironment(count, workers)
    {
        private StepBuffer? _first;

        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            _first ??= into;
            if (_first != into) _first.Rewards[0]++;
        }
    }

    private sealed class Wasteful(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into) => base.Step(actions.ToArray(), into);
    }

    private sealed class Amnesiac(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Load(Snapshot from)
        {
        }
    }

    private sealed class OneStart(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Reset(ulong seed, StartDistribution start, StepBuffer into) => base.Reset(1, start, into);
    }

    private sealed class NeverTruncated(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void Step(ReadOnlySpan<float> actions, StepBuffer into)
        {
            base.Step(actions, into);
            for (int row = 0; row < Count; row++)
                if (into.Kinds[row] == StepKind.Truncated) into.Kinds[row] = StepKind.Terminated;
        }
    }

    private sealed class OneDraw(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into) =>
            base.SampleStates(seed, 0, source, into);
    }

    private sealed class NeverTrue(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override EnvironmentInfo Info =>
            base.Info with { Facts = base.Info.Facts.Replace(base.Info.Facts[0], base.Info.Facts[0] with { Truth = _ => 0.5f }) };
    }

    /// <summary>Its first measure divides by the scale where it should multiply.</summary>
    internal sealed class Contrary(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override EnvironmentInfo Info => base.Info with
        {
            Measures = base.Info.Measures.SetItem(0, new SuccessMeasure(base.Info.Measures[0].Name, "contrary",
                new MeasureTolerance((state, scale) => base.Info.Measures[0].Tolerance!.Holds(state, 1 / scale), 15, "degrees"))),
        };
    }

    private sealed class LookingAway(int count, int workers) : AlteredEnvironment(count, workers)
    {
        public override EnvironmentInfo Info => base.Info with
        {
            Scene = base.Info.RequiredScene with
            {
                Cameras = [.. base.Info.RequiredScene.Cameras.Select(camera =>
                    camera with { Orientation = camera.Orientation * Quaternion.CreateFromAxisAngle(Vector3.UnitY, MathF.PI) })],
            },
        };
    }
}
