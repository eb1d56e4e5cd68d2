using System.Numerics;
using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Tests;

/// <summary>The drawn point with words for where it is: a red ball in one environment, a blue box in the other.</summary>
internal sealed class SpokenPoint : IVectorEnvironment
{
    private readonly DrawnPoint _point;

    public SpokenPoint(string name, int count)
    {
        _point = new DrawnPoint(count);
        bool ball = name == "ball";
        string noun = ball ? "red ball" : "blue box";
        SceneGeom geom = ball
            ? _point.Info.RequiredScene.Geoms[0]
            : new SceneGeom("box", GeomShape.Box, new Vector3(0.3f), new Vector4(0.1f, 0.2f, 0.9f, 1));
        Info = _point.Info with
        {
            Name = name,
            Scene = _point.Info.RequiredScene with { Geoms = [geom] },
            Baseline = $"a {noun}",
            DefaultGoal = $"a {noun} in the middle",
            Subjects = [new Subject("thing", [$"a {noun}", $"the {noun}"])],
            Facts =
            [
                new Fact("left", "thing", ["on the left", "left"], ["at the left"], state => 0.5f - (0.5f * state[0])),
                new Fact("right", "thing", ["on the right", "right"], ["at the right"], state => 0.5f + (0.5f * state[0])),
                new Fact("center", "thing", ["in the middle"], ["at the middle"], state => MathF.Exp(-4 * state[0] * state[0]), "centered"),
            ],
        };
    }

    public static RunServices Services { get; } = new()
    {
        Environments =
            TestParts.Environments(("ball", count => new SpokenPoint("ball", count)), ("box", count => new SpokenPoint("box", count))),
    };

    /// <summary>Small enough that a training takes seconds.</summary>
    public static CaptioningSettings Small { get; } = new()
    {
        Environments = ["ball", "box"],
        Steps = 1000,
        Seed = 3,
        Pictures = 32,
        Sentences = 32,
        PeakRate = 5e-3,
        WarmUp = 20,
        Players = 8,
        Rollouts = 4,
        Measured = 256,
        Threads = 1,
        Model = new SceneClipSettings
        {
            ImageSize = 32,
            ImageChannels = [8, 16, 16],
            ImageHidden = [32],
            EmbeddingSize = 16,
            TextWidth = 32,
            TextHeads = 2
        },
        Player = new PpoOptions { Horizon = 16, Minibatch = 64, HiddenSizes = [16] },
    };

    public EnvironmentInfo Info { get; }

    public int Count => _point.Count;

    public void Reset(ulong seed, StartDistribution start, StepBuffer into) => _point.Reset(seed, start, into);

    public void Step(ReadOnlySpan<float> actions, StepBuffer into) => _point.Step(actions, into);

    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into) => _point.SampleStates(seed, draw, source, into);

    public void Save(Snapshot into) => _point.Save(into);

    public void Load(Snapshot from) => _point.Load(from);

    public void Dispose() => _point.Dispose();
}
