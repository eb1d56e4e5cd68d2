using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Hub;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.App.Commands;

/// <summary>What <c>models list</c> says of one model.</summary>
/// <param name="Name">In the catalog.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Folder">Where its weights are looked for.</param>
/// <param name="Present">Whether they are there.</param>
/// <param name="Bytes">Of all files in the folder; 0 if they are not there.</param>
/// <param name="Sha256">Of model.safetensors; null if it is not there.</param>
/// <param name="Command">Makes or pulls the weights; null for a folder of the user's own.</param>
/// <param name="Figures">From its card; empty without one.</param>
internal sealed record ModelListing(
    string Name, string Kind, string Folder, bool Present, long Bytes, string? Sha256, string? Command, IReadOnlyList<KindFigure> Figures)
{
    /// <summary>Where it comes from: <c>shipped</c>, <c>hub</c> or <c>folder</c>.</summary>
    public string Origin { get; init; } = "shipped";

    /// <summary>On the hub; null if it is not of one.</summary>
    public string? Repository { get; init; }

    /// <summary>Commit that is here or recorded; null without one.</summary>
    public string? Revision { get; init; }

    /// <summary>Terms of use; null where they are not certain.</summary>
    public string? License { get; init; }

    /// <summary>What else is to be known, e.g. why there are no figures of a card that is there; null for nothing.</summary>
    public string? Note { get; init; }

    private const double Megabyte = 1e6;

    /// <summary>Looks into the folder of weights.</summary>
    public static ModelListing Of(string name, string weights)
    {
        string folder = Path.Combine(weights, name), file = Path.Combine(folder, "model.safetensors");
        bool present = File.Exists(file);
        long bytes = present ? new DirectoryInfo(folder).EnumerateFiles().Sum(one => one.Length) : 0;
        ModelCard? card = present ? ModelCard.Read(folder) : null;
        return new ModelListing(name, "image-text", folder, present, bytes, present ? AssetManifest.Sha256Of(file) : null,
            card?.Command ?? $"./embodied models train {name}", card is { IsLatest: true } ? card.Figures : [])
        { License = card?.License, Note = card?.Outdated };
    }

    /// <summary>A vision-language model in the folder of weights, with its record if it has one.</summary>
    public static ModelListing OfAnswerer(string name, string weights)
    {
        ModelListing found = Of(name, weights);
        bool isRecorded = File.Exists(Path.Combine(found.Folder, ReasonerRecord.FileName));
        ReasonerRecord? record = isRecorded ? ReasonerRecord.Read(found.Folder) : null;
        return found with
        {
            Kind = PartKinds.VisualAnswerer,
            Command = record?.Command ?? found.Command,
            License = record?.License,
            Note = record is null ? null : string.Create(CultureInfo.InvariantCulture,
                $"questions about renders, accuracy by kind: {string.Join(", ", record.Figures.Kinds.Select(kind =>
                    string.Create(CultureInfo.InvariantCulture, $"{kind.Kind} {kind.Accuracy:0.00} (constant {kind.Chance:0.00})")))}"),
        };
    }

    /// <summary>A model of the hub.</summary>
    public static ModelListing Of(KnownModel known, ModelLocator locator, ModelLock locks)
    {
        ModelPlace? place = locator.Find(known.Name);
        LockedModel? locked = locks.Find(known.Repository);
        string? sha256 = locked?.Files.Where(file => file.Key.EndsWith(".safetensors", StringComparison.Ordinal)).ToArray() is [var only]
            ? only.Value.Sha256
            : null;
        return new ModelListing(known.Name, known.Kind, place?.Folder ?? locator.CacheFolder(known), place is not null,
            place is null ? 0 : FilesOf(place.Folder).Sum(file => file.Size), sha256, known.PullCommand, [])
        {
            Origin = "hub",
            Repository = known.Repository,
            Revision = place?.Revision ?? locked?.Revision,
            License = known.License,
        };
    }

    /// <summary>A folder of the user's own.</summary>
    public static ModelListing OfFolder(string folder)
    {
        ModelFacts? facts = FactsOf(folder);
        return new ModelListing(Path.GetFileName(folder), facts?.Type ?? "", folder, true, FilesOf(folder).Sum(file => file.Size),
            null, null, [])
        { Origin = "folder", License = facts?.License };
    }

    /// <summary>Files of a folder by path, with their sizes through links.</summary>
    public static IEnumerable<(string Path, long Size)> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => (Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'),
                Size: new FileInfo(file) is var info && info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target
                    ? target.Exists ? target.Length : 0
                    : info.Length))
            .OrderBy(file => file.Item1, StringComparer.Ordinal);

    /// <summary>A list names what is damaged too; its card says what is wrong.</summary>
    private static ModelFacts? FactsOf(string folder)
    {
        try
        {
            return ModelFacts.Read(folder);
        }
        catch (CorruptFileException)
        {
            return null;
        }
    }

    /// <summary>For people.</summary>
    public void Write(TextWriter output)
    {
        if (!Present)
        {
            output.WriteLine($"{Name}  {Kind}  no weights in {Folder}; make them with: {Command}");
            return;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Name}  {Kind}  {Bytes / Megabyte:0.0} MB  {Folder}"));
        output.WriteLine($"  sha256 {Sha256}");
        if (Note is not null) output.WriteLine($"  {Note}");
        foreach (KindFigure figure in Figures) output.WriteLine($"  {Line(figure)}");
    }

    /// <summary>A table of models that do not ship, for people.</summary>
    public static void WriteTable(TextWriter output, IReadOnlyCollection<ModelListing> listings)
    {
        if (listings.Count == 0) return;
        output.WriteLine();
        output.WriteLine("Others; nothing is downloaded unasked, ./embodied models pull NAME gets one:");
        TextTable.Write(output, "",
        [
            ["name", "kind", "license", "here", "repository or folder"],
            .. listings.Select(one => new[]
            {
                one.Name, one.Kind, one.License ?? "not stated",
                one.Present ? string.Create(CultureInfo.InvariantCulture, $"{one.Bytes / Megabyte:N1} MB") : "no",
                one.Repository ?? one.Folder,
            })
        ]);
    }

    /// <summary>One figure in words.</summary>
    public static string Line(KindFigure figure)
    {
        string all = string.Create(CultureInfo.InvariantCulture, $"{figure.Environment}, {figure.Kind}: {figure.Sentences} sentences");
        if (figure.Rank is not { } rank) return $"{all}, whose truth hardly varies";
        string line = string.Create(CultureInfo.InvariantCulture,
            $"{all}, rank correlation with the truth {rank.Median:0.000} (least {rank.Least:0.000})");
        if (figure.RankVaried is { } varied)
            line += string.Create(CultureInfo.InvariantCulture, $", with other visuals {varied.Median:0.000}");
        return figure.Auroc is { } auroc
            ? line + string.Create(CultureInfo.InvariantCulture, $", AUROC of success {auroc.Median:0.000}")
            : line;
    }
}
