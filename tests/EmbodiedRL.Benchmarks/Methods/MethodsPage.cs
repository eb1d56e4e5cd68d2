using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Benchmarks.Proofs;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.Methods;

/// <summary>The page of the house, <c>src/README.md</c>: projects with their folders, then methods with files and figures.</summary>
internal static class MethodsPage
{
    /// <summary>Where it lies in a checkout.</summary>
    public const string Kept = "src/README.md";

    /// <summary>What makes it.</summary>
    public const string Command = $"./embodied bench {MethodsBench.Verb} --page {Kept}";

    /// <summary>What lies in folders whose names are known; others are listed by name alone.</summary>
    private static readonly Dictionary<string, string> Meanings = new()
    {
        ["Assistance"] = "agents that defer to people",
        ["Bandits"] = "one decision at a time",
        ["Batches"] = "rows that rewards score",
        ["Auditing"] = "what rewards are worth, without training",
        ["Preflights"] = "whether a reward can carry its task",
        ["Captioning"] = "training of image-text models",
        ["Checkpoints"] = "whole states of runs, on disk",
        ["Checking"] = "the environment contract as a command",
        ["Combinators"] = "many terms to one reward",
        ["Commands"] = "the verbs",
        ["Composition"] = "parts by name to a run",
        ["Contracts"] = "interfaces that parts meet at",
        ["Demonstrations"] = "recorded episodes",
        ["Designers"] = "language models that write rewards",
        ["Diagnostics"] = "how far a reward can be trusted",
        ["Encoders"] = "pictures and sentences to embeddings",
        ["Evaluation"] = "how good a policy is",
        ["Exploration"] = "bonuses for what is new",
        ["Facts"] = "what can be said of a scene, and its truth",
        ["Films"] = "episodes as videos",
        ["Generative"] = "learning of generators",
        ["Heads"] = "distributions over actions",
        ["Headless"] = "OpenGL without a screen",
        ["Hub"] = "models of a hub: found, pulled, checked",
        ["Images"] = "files in and out",
        ["Imitation"] = "learning from demonstrations",
        ["Kernel"] = "formulas that algorithms share",
        ["Language"] = "language models",
        ["Layout"] = "MuJoCo's structs, by version",
        ["Learned"] = "rewards that learn",
        ["Loop"] = "the training loop",
        ["Losses"] = "losses that policies and rewards share",
        ["Metrics"] = "where figures go",
        ["Mjcf"] = "environments out of any MJCF",
        ["Native"] = "C interfaces",
        ["Networks"] = "perceptrons, convolutions, recurrence",
        ["OffPolicy"] = "learning from what was kept",
        ["Offline"] = "learning from data alone",
        ["OnPolicy"] = "learning from what was just done",
        ["OpenEnded"] = "tasks without end",
        ["Optimizers"] = "Adam",
        ["Painting"] = "what is drawn, and how",
        ["Physics"] = "models, states, views",
        ["Preference"] = "learning from comparisons",
        ["Preprocessing"] = "pictures to a model's input",
        ["Programs"] = "formulas in files",
        ["QualityDiversity"] = "many good ways at once",
        ["Randomizing"] = "bodies and looks drawn anew",
        ["Reasoning"] = "language models that reason",
        ["Registry"] = "parts and options by name",
        ["Reporting"] = "pages, plots, progress",
        ["Runs"] = "run folders",
        ["Scenes"] = "what a renderer needs",
        ["Settings"] = "files, variables, command line",
        ["Shaders"] = "programs of the graphics card",
        ["Shaping"] = "potentials and shares of a return",
        ["Sources"] = "where scores come from",
        ["Specs"] = "named, shaped, bounded fields",
        ["Steps"] = "what an environment writes",
        ["Tabular"] = "worlds that are solved exactly",
        ["Tasks"] = "rewards and ends over physics",
        ["Tensors"] = "memory and devices",
        ["Tokenizers"] = "sentences to tokens",
        ["Transforms"] = "scores to scores",
        ["Verifiers"] = "answers judged by rules",
        ["Viewing"] = "the live view",
        ["Weights"] = "files of weights",
        ["Wrappers"] = "around an environment",
        ["Wrapping"] = "the base of wrappers",
    };

    /// <summary>The page.</summary>
    public static string Of(Checkout checkout)
    {
        var page = new StringBuilder($"""
            # The house

            Made by `{Command}` from project files, `[Paper]` attributes and the figures in `{ProofsBench.Kept}`; a test
            fails when it is not current.

            ## Projects

            A project exists where a native dependency begins or data changes hands; `Rewards` and `Algorithms` do not know each other.


            """);
        foreach (ProjectEntry project in checkout.Projects) page.Append(Project(project));
        page.Append($"""

            ## Methods

            Methods of the catalog that are implemented. Figures are those of the last run of
            `./embodied bench {ProofsBench.Verb} --json {ProofsBench.Kept}` ({Machine(checkout)}): what was measured, beside the
            baseline's from the same run, and whether it went the paper's way.

            | method | paper | source | tests | proof | figure | baseline | holds |
            |---|---|---|---|---|---|---|---|

            """);
        Dictionary<string, BenchRow> figures = Figures(checkout);
        HashSet<string> proofs = Proofs();
        foreach (Method method in Method.In(checkout))
            page.Append(Line(method, proofs, figures.GetValueOrDefault($"{method.Number}/proof")));
        return page.ToString();
    }

    /// <summary>Methods that have a proof.</summary>
    public static HashSet<string> Proofs()
    {
        using var interruption = new CancellationTokenSource();
        var services = new CommandServices(TextWriter.Null, TextWriter.Null, TimeProvider.System, interruption);
        return [.. BenchCommand.Proofs.Select(proof => proof.Build(services).Name)];
    }

    /// <summary>Rows of the kept file, by name; none if there is no file.</summary>
    public static Dictionary<string, BenchRow> Figures(Checkout checkout) =>
        (Answer(checkout)?["rows"]?.Deserialize<BenchRow[]>(RunJson.Options) ?? []).ToDictionary(row => row.Name);

    private static JsonNode? Answer(Checkout checkout) => File.Exists(checkout.At(ProofsBench.Kept))
        ? JsonNode.Parse(File.ReadAllText(checkout.At(ProofsBench.Kept)))
        : null;

    private static string Machine(Checkout checkout) =>
        Answer(checkout)?["machine"] is { } machine ? $"{machine["CPU"]}, {machine["CPUs"]} CPUs" : "not run yet";

    private static string Project(ProjectEntry project)
    {
        string folders = string.Join(", ", project.Folders.Select(folder =>
            Meanings.TryGetValue(folder, out string? meaning) ? $"{folder} ({meaning})" : folder));
        return $"- [{project.Name}]({Link(project.Folder)}): {project.Description}\n  {folders}\n";
    }

    private static string Line(Method method, HashSet<string> proofs, BenchRow? row)
    {
        string paper = char.IsAsciiDigit(method.Paper.Id[0]) && !method.Paper.Id.StartsWith("10.", StringComparison.Ordinal)
            ? $"[{method.Paper.Id}](https://arxiv.org/abs/{method.Paper.Id})"
            : method.Paper.Id;
        string proof = proofs.Contains(method.Number) ? $"`bench {method.Number}`" : "";
        return $"| {method.Number} | {method.Paper.Title} ({paper}, {method.Paper.Year}) | {Files(method.Sources)} | "
            + $"{Files(method.Tests)} | {proof} | {(row is null ? "" : $"{Number(row.Value)} {row.Unit}")} | "
            + $"{(row is null ? "" : $"{Number(row.ReferenceValue)} ({row.Reference})")} | {Holds(row?.Holds)} |\n";
    }

    private static string Files(IEnumerable<string> files) =>
        string.Join(", ", files.Select(file => $"[{Path.GetFileNameWithoutExtension(file)}]({Link(file)})"));

    private static string Holds(bool? holds) => holds switch { true => "yes", false => "no", null => "" };

    /// <summary>A path from the page's folder.</summary>
    private static string Link(string path) =>
        path.StartsWith("src/", StringComparison.Ordinal) ? path["src/".Length..] : $"../{path}";

    private static string Number(double value) => Math.Abs(value) >= 100
        ? value.ToString("N0", CultureInfo.InvariantCulture)
        : value.ToString("0.###", CultureInfo.InvariantCulture);
}
