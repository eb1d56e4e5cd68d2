namespace EmbodiedRL.Benchmarks.Recipes;

/// <summary>A humanoid task of VLM-RM, as table 1 of arXiv 2310.12921 has it.</summary>
/// <param name="Name">Of its settings file, <c>assets/settings/vlm-rm/NAME.json</c>.</param>
/// <param name="Paper">The paper's success rate, in %: of 100 episodes, labeled by a person.</param>
internal sealed record VlmRmTask(string Name, int Paper)
{
    /// <summary>In the order of the paper's table.</summary>
    public static IReadOnlyList<VlmRmTask> All { get; } =
    [
        new("kneeling", 100), new("lotus", 100), new("standing", 100), new("arms-raised", 100), new("splits", 100),
        new("hands-on-hips", 64), new("one-leg", 0), new("arms-crossed", 0),
    ];

    /// <summary>Folder of the settings files.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "assets", "settings", "vlm-rm");

    /// <summary>Path of the settings file.</summary>
    public string File => Path.Combine(Folder, $"{Name}.json");
}
