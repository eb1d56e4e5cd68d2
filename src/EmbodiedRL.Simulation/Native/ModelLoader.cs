using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Native;

/// <summary>Model loader: compiles MJCF and reports every mistake as one error that names file and line.</summary>
internal static unsafe partial class ModelLoader
{
    private const int MessageBytes = 2048;
    private const long MostBytes = 512L << 20;

    /// <summary>Compiles a file; included files are searched beside it.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">MuJoCo refuses it; carries what it says.</exception>
    public static (ModelHandle Model, IReadOnlyList<string> Warnings) Load(string path)
    {
        byte[] text = InputFile.ReadBytes(path, "The model file", "Check the path; it should be an MJCF or URDF file.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        SourceCheck.Require(path, text,
            name => Path.Combine(folder, name) is var file && File.Exists(file)
                ? InputFile.ReadBytes(file, $"'{name}', which {path} names,", "Name a file of the model.", MostBytes)
                : null);
        return Compile(path, path, null);
    }

    /// <summary>Compiles text through MuJoCo's virtual file system.</summary>
    /// <param name="name">What the text is called, for people.</param>
    /// <param name="xml">MJCF.</param>
    /// <param name="assets">What it refers to.</param>
    /// <exception cref="CorruptFileException">MuJoCo refuses it; carries what it says.</exception>
    public static (ModelHandle Model,
        IReadOnlyList<string> Warnings) LoadText(string name, string xml, IReadOnlyDictionary<string, byte[]> assets)
    {
        byte[] text = Encoding.UTF8.GetBytes(xml);
        if (text.Length == 0) throw new CorruptFileException(name, "a model that MuJoCo accepts", "an empty text");
        SourceCheck.Require(name, text, assets.GetValueOrDefault);
        using var files = new VirtualFiles(MuJoCoLibrary.Table);
        string main = "model.xml";
        for (int i = 1; assets.ContainsKey(main); i++) main = $"model{i}.xml";
        files.Add(main, text);
        foreach ((string file, byte[] content) in assets) files.Add(file, content);
        return Compile(main, name, files);
    }

    internal static (ModelHandle Model, IReadOnlyList<string> Warnings) Compile(string file, string name, VirtualFiles? files)
    {
        byte[] message = new byte[MessageBytes];
        nint model = 0;
        EngineCall call = EngineCall.Run(() =>
        {
            fixed (byte* error = message) model = Functions.LoadXml(file, files is null ? null : files.Address, error, MessageBytes);
        });
        string said = Encoding.UTF8.GetString(message, 0, Math.Max(0, Array.IndexOf(message, (byte)0)));
        // it would become 0
        string? notANumber = call.Warnings.FirstOrDefault(warning => warning.Contains("'NaN'", StringComparison.Ordinal));
        if (call.Error is null && model != 0 && notANumber is null)
            return (new ModelHandle(model),
                [.. call.Warnings, .. OneLine(said) is { Length: > 0 } warning ? [warning] : Array.Empty<string>()]);

        if (call.Error is null && model != 0) Functions.DeleteModel(model);
        string reason = OneLine(call.Error ?? notANumber ?? said);
        string line = Line().Match(reason) is { Success: true } match
            ? string.Create(CultureInfo.InvariantCulture, $", line {match.Groups[1].Value}")
            : "";
        throw new CorruptFileException($"{name}{line}", "a model that MuJoCo accepts",
            $"a mistake: {(reason.Length > 0 ? reason.TrimEnd('.') : "MuJoCo gives no reason")}",
            NewerFeature.Remedy(reason, MuJoCoLibrary.Version));
    }

    private static string OneLine(string text) =>
        string.Join(", ", text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"\bline(?: number)? ?=? ?([1-9]\d*)", RegexOptions.IgnoreCase)]
    private static partial Regex Line();
}
