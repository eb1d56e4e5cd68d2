using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>What a learned reward is put together from: its input, its teacher, and the file of a trained one. Owns them.</summary>
internal sealed class LearnedParts : IDisposable
{
    /// <summary>Makes them.</summary>
    /// <param name="kind">Name of the source.</param>
    /// <param name="options">Checked.</param>
    /// <param name="run">What the run lends.</param>
    /// <param name="usual">Who teaches where nobody is named.</param>
    /// <param name="isGraded">Whether a measure says how near a state is.</param>
    /// <param name="range">Of the scores.</param>
    /// <param name="isTaught">Whether something beside a file has taught it.</param>
    /// <exception cref="EmbodiedException">Something that the options name is not there or does not fit.</exception>
    public LearnedParts(string kind, LearnedOptions options, RewardContext run, string usual, bool isGraded,
        (float Minimum, float Maximum) range, bool isTaught = false)
    {
        (Kind, Environment) = (kind, run.Info?.Name ?? "");
        string name = run.Term.Length > 0 ? run.Term : kind;
        Input = LearnedInput.Of(options, run);
        if (options.File.Length > 0)
        {
            File = Path.Combine(run.Folder, options.File);
            (Record, Weights) = LearnedRecord.Read(File, kind, Input, options.Input, name, Environment);
        }

        Teacher = StepTeacher.Of(options, run, usual, isGraded, isTaught || Record is not null);
        if (Teacher is null) TeacherName = Record?.Teacher ?? "labels";
        else TeacherName = options.Teacher.Length > 0 ? options.Teacher : usual;
        if (Teacher?.Frames is { } taught && Input.Frames is { } read && taught != read)
        {
            Teacher.Dispose();
            throw new SettingsException($"reward '{name}'",
                [$"teacher: expected one that reads the frames of the input, {read}, found {taught}."]);
        }

        Spec = new RewardSpec(name, Input.Reads | (Teacher?.Reads ?? BatchFields.None), range.Minimum, range.Maximum,
            Input.Frames ?? Teacher?.Frames, Teacher is null ? ScoreScope.Row : ScoreScope.History);
    }

    /// <summary>Name of the source.</summary>
    public string Kind { get; }

    /// <summary>Name of the environment; empty if there is none.</summary>
    public string Environment { get; }

    /// <summary>What is read of a row.</summary>
    public LearnedInput Input { get; }

    /// <summary>Who judges steps; null for nobody.</summary>
    public StepTeacher? Teacher { get; }

    /// <summary>Who that is, for people.</summary>
    public string TeacherName { get; }

    /// <summary>Path of the trained reward; empty if none is named.</summary>
    public string File { get; } = "";

    /// <summary>What the trained reward says of itself; null if none is named.</summary>
    public LearnedRecord? Record { get; }

    /// <summary>Its tensors; null if none is named.</summary>
    public Safetensors? Weights { get; }

    /// <summary>Of the reward.</summary>
    public RewardSpec Spec { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Teacher?.Dispose();
        Weights?.Dispose();
    }
}
