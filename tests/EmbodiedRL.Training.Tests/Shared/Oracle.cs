using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests;

/// <summary>Options of <see cref="Oracle"/>.</summary>
public sealed record OracleOptions : Options
{
    /// <summary>Factor of the truth: 1 is perfect, -1 inverted, 0 constant.</summary>
    [Range(-1, 1)]
    public float Factor { get; init; } = 1;
}

/// <summary>A reward that knows how true its sentence is of every state.</summary>
internal sealed class Oracle(RewardContext context, OracleOptions options) : Reward(new RewardSpec(context.Term, BatchFields.States))
{
    private readonly Caption? _caption = new CaptionGrammar(context.RequiredInfo).Parse(context.Goals[0]);

    /// <summary>A red ball, the oracle as source <c>oracle</c>, and what sees red in the middle as <c>red</c>.</summary>
    public static RunServices Services { get; } = WithOracle();

    /// <summary>A run on the ball whose reward is one term.</summary>
    public static RunSettings Run(string name, string source, Options? asked = null) => new()
    {
        Env = new EnvironmentSettings { Name = "ball" },
        Goal = new GoalSettings { Prompt = "a red ball in the middle" },
        Reward = new RewardStackSettings { Terms = [new RewardTermSettings { Name = name, Source = source, Options = asked }] },
        Threads = 1,
    };

    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        TrajectoryBatch steps = batch.As<TrajectoryBatch>();
        int width = steps.Info.State.Length;
        for (int row = 0; row < batch.Rows; row++)
            scores.Span[row] = options.Factor * _caption!.Truth(steps.States.AsSpan(row * width, width));
        return ValueTask.CompletedTask;
    }

    private static RunServices WithOracle()
    {
        RewardRegistries rewards = RewardRegistries.Shipped.Copy();
        rewards.Sources.Add<OracleOptions, Oracle>("oracle", "knows the truth", (options, run) => new Oracle(run, options));
        rewards.Sources.Add<OracleOptions, RedInTheMiddle>("red", "sees red in the middle", (_, _) => new RedInTheMiddle());
        return SpokenPoint.Services with { Rewards = rewards };
    }
}
