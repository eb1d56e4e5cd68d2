using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary>A seed of a task that has ended.</summary>
/// <param name="Folder">Of the run.</param>
/// <param name="Summary">Of the run.</param>
internal sealed record VlmRmCell(RunFolder Folder, RunSummary Summary)
{
    /// <summary>Mean return of the judged episodes by the reward that was trained on; least of all where none was scored.</summary>
    public double Reward => Summary.Returns?.Seen?.Mean ?? double.NegativeInfinity;
}

/// <summary>A row of the table: a task, and those of its seeds that have ended.</summary>
/// <param name="Task">The paper's.</param>
/// <param name="Settings">As asked for.</param>
/// <param name="Seeds">How many are asked for.</param>
/// <param name="Cells">In the order of their seeds.</param>
/// <param name="Missing">Why the others were not run.</param>
internal sealed record VlmRmRow(VlmRmTask Task, RunSettings Settings, int Seeds, IReadOnlyList<VlmRmCell> Cells, string Missing)
{
    /// <summary>Of the model's term.</summary>
    private RewardTermChoice Term => RewardTermChoice.Of(Settings);

    /// <summary>The image-text model.</summary>
    public string Model => Term.Model;

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
    public double? ImagesPerSecond
    {
        get
        {
            double images = 0, seconds = 0;
            foreach (VlmRmCell cell in Cells)
            {
                MetricsTable metrics = MetricsTable.Read(cell.Folder.Metrics);
                List<double> speeds = metrics[$"time/{Term.Name}/images-per-second"].Values;
                foreach ((double count, double speed) in metrics[$"reward/{Term.Name}/images"].Values.Zip(speeds))
                    if (speed > 0) (images, seconds) = (images + count, seconds + (count / speed));
            }

            return seconds > 0 ? images / seconds : null;
        }
    }

    /// <summary>Path of the film of the best seed, below a folder; null if there is none.</summary>
    public string? Film(string below)
    {
        string? film = Best is { } best ? Path.Combine(best.Folder.Videos, "after.mp4") : null;
        return film is not null && File.Exists(film) ? Path.GetRelativePath(below, film) : null;
    }
}
