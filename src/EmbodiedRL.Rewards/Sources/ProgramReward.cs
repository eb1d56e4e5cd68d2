using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Programs;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>A formula over named state and action fields, written by the user in a file of their own.</summary>
/// <remarks>
/// The file holds one C# expression, e.g. <c>Math.Cos(pole_angle) - 0.1 * Math.Abs(cart_position)</c>. What it may use is at
/// <see cref="RewardProgram"/>. Actions are read as the policy drew them, before any clipping to bounds.
/// </remarks>
[NoPaper("evaluates the user's formula")]
public sealed class ProgramReward : IReward
{
    private const long MostBytes = 4L << 20;

    private readonly RewardProgram _program;

    /// <summary>Reads and compiles the file.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="path">The file of the formula.</param>
    /// <param name="info">Whose fields it may name.</param>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="SettingsException">The formula is not allowed or not valid; names file, line and column.</exception>
    public ProgramReward(string name, string path, EnvironmentInfo info)
    {
        string text = InputFile.ReadText(path, $"The reward program of term '{name}'", "Name an existing file; paths are relative to the settings file.", MostBytes);
        _program = RewardProgram.Compile(text, Path.GetFileName(path), info);
        Spec = new RewardSpec(name, _program.Reads);
    }

    /// <inheritdoc/>
    public RewardSpec Spec { get; }

    /// <inheritdoc/>
    public ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> rewards, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength(Spec.Name, rewards.Length, batch.Rows);
        _program.Score(batch.States, batch.Actions, rewards.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing to save: the formula is a setting.</summary>
    public void Save(Snapshot into)
    {
    }

    /// <summary>Nothing to load.</summary>
    public void Load(Snapshot from)
    {
    }

    /// <summary>Unloads the compiled formula.</summary>
    public void Dispose() => _program.Dispose();
}
