using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary>A seed of a task that has ended.</summary>
/// <param name="Folder">Of the run.</param>
/// <param name="Summary">Of the run.</param>
/// <param name="Images">That the model embedded in training.</param>
/// <param name="ModelSeconds">In which it did.</param>
internal sealed record VlmRmCell(RunFolder Folder, RunSummary Summary, double Images, double ModelSeconds)
{
    /// <summary>Mean return of the judged episodes by the reward that was trained on; least of all where none was scored.</summary>
    public double Reward => Summary.Returns?.Seen?.Mean ?? double.NegativeInfinity;

    /// <summary>Reads a run's metrics.</summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="summary">Of the run.</param>
    /// <param name="term">Name of the term that asks the model.</param>
    public static VlmRmCell Of(RunFolder folder, RunSummary summary, string term)
    {
        MetricsTable metrics = MetricsTable.Read(folder.Metrics);
        double images = 0, seconds = 0;
        foreach ((double count, double speed) in metrics[$"reward/{term}/images"].Values
            .Zip(metrics[$"time/{term}/images-per-second"].Values))
            if (speed > 0) (images, seconds) = (images + count, seconds + (count / speed));
        return new VlmRmCell(folder, summary, images, seconds);
    }
}

/// <summary>A row of the table: a task, and those of its seeds that have ended.</summary>
/// <param name="Task">The paper's.</param>
/// <param name="Settings">As asked for.</param>
/// <param name="Seeds">How many are asked for.</param>
/// <param name="Cells">In the order of their seeds.</param>
/// <param name="Missing">Why the others were not run.</param>
internal sealed record VlmRmRow(VlmRmTask Task, RunSettings Settings, int Seeds, IReadOnlyList<VlmRmCell> Cells, string Missing)
{
    /// <summary>The image-text model.</summary>
    public string Model => RewardTermChoice.Of(Settings).Model;

    /// <summary>The success measure that judges the task; empty where the environment has none.</summary>
    public string Measure => Settings.Evaluate.Task;

    /// <summary>The seed whose policy has the highest reward, as the paper chooses; null if none has ended.</summary>
    public VlmRmCell? Best => Cells.MaxBy(cell => cell.Reward);

    /// <summary>Mean success of the seeds, in [0, 1]; null if none has ended or no measure judges.</summary>
    public double? Mean => Cells.Count > 0 && Measure.Length > 0 ? Cells.Average(cell => cell.Summary.Success) : null;

    /// <summary>Environment steps of a seed.</summary>
    public long Steps => Best?.Summary.Steps ?? Settings.Agent.Steps;

    /// <summary>Wall-clock seconds of all seeds.</summary>
    public double Seconds => Cells.Sum(cell => cell.Summary.Seconds.Values.Sum());

    /// <summary>Images that the model embedded in training, in a second of its own; null if none.</summary>
    public double? ImagesPerSecond =>
        Cells.Sum(cell => cell.ModelSeconds) is > 0 and double seconds ? Cells.Sum(cell => cell.Images) / seconds : null;

    /// <summary>Path of the film of the best seed, below a folder; null if there is none.</summary>
    public string? Film(string below)
    {
        string? film = Best is { } best ? Path.Combine(best.Folder.Videos, "after.mp4") : null;
        return film is not null && File.Exists(film) ? Path.GetRelativePath(below, film) : null;
    }
}
