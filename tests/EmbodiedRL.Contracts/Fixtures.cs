using System.Text.Json;

namespace EmbodiedRL.Contracts;

/// <summary>Numbers computed by independent implementations: <c>tests/fixtures</c>, or the folder EMBODIED_FIXTURES names.</summary>
public static class Fixtures
{
    /// <summary>How the fixtures spell NaN and infinities.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNameCaseInsensitive = true,
    };

    /// <summary>The folder in use.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("EMBODIED_FIXTURES") is { Length: > 0 } elsewhere
        ? elsewhere
        : Path.Combine(RepositoryRoot, "tests", "fixtures");

    /// <summary>The checkout these tests were built from.</summary>
    public static string RepositoryRoot
    {
        get
        {
            string? folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "EmbodiedRL.sln"))) folder = Path.GetDirectoryName(folder);
            return folder ?? throw new DirectoryNotFoundException("The tests run outside of their repository.");
        }
    }

    /// <summary>Full path of a fixture; skips the test, and so counts it, when the family is absent.</summary>
    public static string Require(string relative)
    {
        string path = Path.Combine(Root, relative);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"No fixture {relative} under {Root}.");
        return path;
    }

    /// <summary>Folder of a published model's real weights under EMBODIED_MODELS; skips the test, and so counts it, without.</summary>
    public static string RequireModel(string name)
    {
        string? root = Environment.GetEnvironmentVariable("EMBODIED_MODELS");
        Assert.SkipUnless(root is { Length: > 0 }, "EMBODIED_MODELS names no folder of real weights.");
        string path = Path.Combine(root!, name);
        Assert.SkipUnless(Directory.Exists(path), $"No {name} in the folder that EMBODIED_MODELS names.");
        return path;
    }

    /// <summary>
    /// Relative paths of the fixtures of a family, e.g. <c>learning</c> and <c>ppo_*.json</c>; only the pattern itself when the family is
    /// absent, so that a theory over them still has a row, which <see cref="Require"/> skips.
    /// </summary>
    public static string[] Family(string folder, string pattern)
    {
        string path = Path.Combine(Root, folder);
        string[] names = Directory.Exists(path)
            ? [.. Directory.GetFiles(path, pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)]
            : [];
        return [.. (names.Length > 0 ? names : [pattern]).Select(name => $"{folder}/{name}")];
    }

    /// <summary>A parsed JSON fixture.</summary>
    public static JsonElement ReadJson(string relative)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Require(relative)));
        return document.RootElement.Clone();
    }

    /// <summary>A number, also where it is spelled "NaN" or "Infinity".</summary>
    public static double Number(this JsonElement element) => element.Deserialize<double>(Json);

    /// <summary>A list of numbers.</summary>
    public static double[] Numbers(this JsonElement element) => element.Deserialize<double[]>(Json)!;
}
