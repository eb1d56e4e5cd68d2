using System.Globalization;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Commands;

/// <summary>What <c>models list</c> says of one model.</summary>
/// <param name="Name">In the catalog.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Folder">Where its weights are looked for.</param>
/// <param name="Present">Whether they are there.</param>
/// <param name="Bytes">Of all files in the folder.</param>
/// <param name="Sha256">Of model.safetensors; null if it is not there.</param>
/// <param name="Command">Makes the weights.</param>
/// <param name="Figures">From its card; empty without one.</param>
internal sealed record ModelListing(
    string Name, string Kind, string Folder, bool Present, long Bytes, string? Sha256, string Command, IReadOnlyList<KindFigure> Figures)
{
    private const double Megabyte = 1e6;

    /// <summary>Looks into the folder of weights.</summary>
    public static ModelListing Of(string name, string weights)
    {
        string folder = Path.Combine(weights, name), file = Path.Combine(folder, "model.safetensors");
        bool present = File.Exists(file);
        long bytes = present ? new DirectoryInfo(folder).EnumerateFiles().Sum(one => one.Length) : 0;
        ModelCard? card = present ? ModelCard.Read(folder) : null;
        return new ModelListing(name, "image-text", folder, present, bytes, present ? AssetManifest.Sha256Of(file) : null,
            card?.Command ?? $"./embodied models train {name}", card?.Figures ?? []);
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
        foreach (KindFigure figure in Figures) output.WriteLine($"  {Line(figure)}");
    }

    /// <summary>One figure in words.</summary>
    public static string Line(KindFigure figure) => string.Create(CultureInfo.InvariantCulture,
        $"{figure.Environment}, {figure.Kind}: correlation with the truth {figure.Mean:0.000} (least {figure.Least:0.000}) over "
            + $"{figure.Sentences} sentences, with other visuals {figure.MeanVaried:0.000}");
}
