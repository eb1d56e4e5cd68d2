using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Programs;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="ProgramReward"/>.</summary>
public sealed record ProgramOptions : Options
{
    /// <summary>Ending of the copy that a run keeps.</summary>
    public const string Ending = ".reward.cs";

    /// <summary>The file that holds the formula, relative to the settings file.</summary>
    [InputFile(Ending), Required("the file that holds the formula"), Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";
}

/// <summary>Program reward: a formula over named state and action fields, written by the user in a file.</summary>
/// <remarks>
/// The file holds one C# expression, e.g. <c>Math.Cos(pole_angle) - 0.1 * Math.Abs(cart_position)</c>. What it may use is at
/// <see cref="RewardProgram"/>. Actions are read as the policy sampled them, before any clipping to bounds.
/// </remarks>
[NoPaper("evaluates the user's formula")]
public sealed class ProgramReward : Reward, ITrajectoryReward
{
    private const long MostBytes = 4L << 20;

    private readonly RewardProgram _program;

    /// <summary>Reads and compiles the file.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="path">The file of the formula.</param>
    /// <param name="info">Whose fields it may name.</param>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="SettingsException">The formula is not allowed or not valid; names file, line and column.</exception>
    public ProgramReward(string name, string path, EnvironmentInfo info) : this(name, Compile(name, path, info))
    {
    }

    private ProgramReward(string name, RewardProgram program) : base(new RewardSpec(name, program.Reads)) => _program = program;

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        var steps = batch.As<TrajectoryBatch>();
        _program.Score(steps.States, steps.Actions, scores.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Unloads the compiled formula.</summary>
    protected override void Dispose(bool disposing)
    {
        _program.Dispose();
        base.Dispose(disposing);
    }

    private static RewardProgram Compile(string name, string path, EnvironmentInfo info)
    {
        string text = InputFile.ReadText(path,
            $"The reward program of term '{name}'",
            "Name an existing file; paths are relative to the settings file.",
            MostBytes);
        return RewardProgram.Compile(text, Path.GetFileName(path), info);
    }
}
