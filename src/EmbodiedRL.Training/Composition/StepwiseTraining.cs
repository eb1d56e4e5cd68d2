using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Makes the file of demonstrations that <see cref="StepwisePerceptualReward"/> reads out of recorded episodes that succeed, and tries
/// the reward on it: what cannot be cut into steps is refused here and not in a run.
/// </summary>
/// <param name="pictures">Draws the episodes.</param>
/// <param name="options">Of the source; its file is what is written.</param>
internal sealed class StepwiseTraining(DemonstrationPictures pictures, StepwisePerceptualOptions options)
{
    /// <summary>Name of the file that is written.</summary>
    public const string FileName = "demonstrations.safetensors";

    /// <summary>Draws, tries and writes.</summary>
    /// <param name="environment">Its name.</param>
    /// <param name="model">That the reward reads. Lent.</param>
    /// <param name="data">Files of recorded episodes.</param>
    /// <param name="folder">Gets the files when all is done.</param>
    /// <param name="said">The options by key.</param>
    /// <param name="cancel">Stops between two steps; nothing is left then.</param>
    /// <exception cref="EmbodiedException">A file does not fit, no episode succeeds, or its steps cannot be told apart.</exception>
    public async Task<LearnedRecord> WriteAsync(string environment, IImageTextModel model, IReadOnlyList<string> data, string folder,
        IReadOnlyDictionary<string, JsonElement> said, CancellationToken cancel)
    {
        if (data.Count == 0)
            throw new SettingsException("rewards train", ["--data: expected a file of recorded episodes, found none."]);
        if (options.Width != options.Height)
            throw new SettingsException("--set", [FormattableString.Invariant(
                $"width: expected as many pixels as the height ({options.Height}): demonstrations are square, found {options.Width}.")]);
        int size = options.Width > 0 ? options.Width : model.ImageSize;
        (IReadOnlyList<DemonstrationFrames> drawn, int failures) = await pictures.DrawAsync(data, size, cancel);
        if (drawn.Count == 0) throw new SettingsException("rewards train", [NoSuccess(failures)]);
        int[][] borders;
        using (var reward = new StepwisePerceptualReward(Name, model, drawn, options)) borders = [.. reward.Borders];
        var record = new LearnedRecord
        {
            Kind = Name,
            Environment = environment,
            Input = "features",
            Names = [model.Name],
            Length = model.EmbeddingSize,
            Members = 0,
            Teacher = "demonstrations",
            Figures = Figures(drawn, borders, failures, size),
            Data = new SortedDictionary<string, string>(data.ToDictionary(file => file, AssetManifest.Sha256Of), StringComparer.Ordinal),
            Options = said,
            Versions = Versions.OfProcess(),
        };
        using var staged = new StagedFolder(folder);
        DemonstrationFrames.Write(Path.Combine(staged.Staging, FileName), drawn);
        record.WriteText(staged.Staging);
        staged.Publish();
        return record;
    }

    private const string Name = "stepwise-perceptual";

    private string NoSuccess(int failures) => FormattableString.Invariant(
        $"--data: expected episodes that reach {string.Join(" and ", pictures.Measures.Select(measure => measure.Name))}, which the goal ")
        + FormattableString.Invariant($"asks for, found none among {failures}. Record some by ./embodied record --policy expert, or say ")
        + "what they show by --goal.";

    /// <summary>Where each step begins, as a share of the demonstration, mean over demonstrations.</summary>
    private static Dictionary<string, double> Figures(IReadOnlyList<DemonstrationFrames> drawn, int[][] borders, int failures, int size)
    {
        var figures = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["demonstrations"] = drawn.Count,
            ["failures-left-out"] = failures,
            ["frames"] = drawn.Sum(demonstration => demonstration.Frames),
            ["pixels"] = size,
        };
        for (int step = 1; step < borders[0].Length; step++)
            figures[FormattableString.Invariant($"step-{step + 1}-begins-at")] =
                Math.Round(borders.Select((cuts, i) => (double)cuts[step] / drawn[i].Frames).Average(), 4);
        return figures;
    }
}
