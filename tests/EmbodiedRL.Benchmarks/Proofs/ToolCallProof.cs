using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S81</c>: a reward for parts of a tool call teaches calls that are almost never right as a whole by chance.</summary>
/// <remarks>
/// arXiv 2504.13958. Tools of a simulator: move (direction, steps), grasp (object), query (object, property). A request asks for two calls;
/// the policy writes them as JSON, tool, parameter names and values each a choice, and the real verifier scores the completion. It begins
/// with a bias to what it hears, where the paper begins with an instructed model.
/// </remarks>
internal sealed class ToolCallProof() : Proof("S81",
    "the graded reward for tool calls: policies learn calls that the all-or-nothing reward does not teach in the same number of updates.",
    "Figure: share of requests whose calls are all right after training, drawn not likeliest, mean of 5 seeds. Reference: the coarse "
    + "reward. It holds if the figure is higher in every seed and at least 0.8 in the mean, move(left, 2) predicted as move(right, 2) "
    + "scores 2.5, and equal calls in another order score 4.")
{
    private const int Seeds = 5, Calls = 2, Prompts = 16, Updates = 100, Held = 500;
    private const double Rate = 0.1, Known = 0.5, LeastFigure = 0.8, Rounding = 1e-6;

    private static readonly Tool[] Tools =
    [
        new("move", [("dir", ["left", "right", "up", "down"]), ("steps", ["1", "2", "3"])]),
        new("grasp", [("object", ["cube", "ball", "cone", "cup"])]),
        new("query", [("object", ["cube", "ball", "cone", "cup"]), ("property", ["color", "size", "place"])]),
    ];

    private static readonly string[] Keys = [.. Tools.SelectMany(tool => tool.Parameters.Select(one => one.Key)).Distinct()];
    private static readonly string[] Values = [.. Tools.SelectMany(tool => tool.Parameters.SelectMany(one => one.Values)).Distinct()];
    private static readonly int Features = Tools.Length + Values.Length + 1;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        Outcome[] graded = ForSeeds(firstSeed, Seeds, seed => Train(isCoarse: false, seed), cancel),
            coarse = ForSeeds(firstSeed, Seeds, seed => Train(isCoarse: true, seed), cancel);
        double figure = graded.Average(one => one.Right), leastGain = graded.Zip(coarse, (one, other) => one.Right - other.Right).Min();
        double unit = Score([Call("move", "left", "2")], [Call("move", "right", "2")]);
        double turned = Score([Call("move", "left", "2"), Call("grasp", "cube")], [Call("grasp", "cube"), Call("move", "left", "2")]);
        return Row(figure, "share of requests", "the coarse reward", coarse.Average(one => one.Right),
            leastGain > 0 && figure >= LeastFigure && Math.Abs(unit - 2.5) < Rounding && Math.Abs(turned - 4) < Rounding,
            ("leastGain", leastGain), ("before", graded.Average(one => one.Before)), ("oneWrongValue", unit), ("otherOrder", turned));
    }

    private static Outcome Train(bool isCoarse, ulong seed)
    {
        var policy = new Policy();
        var trainer = new CompletionTrainer(policy.Heads, Rate, seed, "S81-completions");
        var reward = new ToolCallReward("calls", new ToolCallOptions { IsCoarse = isCoarse });
        Request[] held = Draw(Held, Rng.For(seed, "S81-held"));
        double before = Judge(policy, held, seed);
        for (int update = 0; update < Updates; update++)
        {
            Request[] requests = Draw(Prompts, Rng.For(seed, "S81-requests", update));
            trainer.Learn(reward, [.. requests.Select(one => one.Question)], (i, pen) => policy.Write(requests[i], pen));
        }

        return new Outcome(Judge(policy, held, seed), before);
    }

    private static double Judge(Policy policy, Request[] requests, ulong seed) => requests.Where((request, i) =>
        Score(request.Question, policy.Write(request, Pen.Drawing(Rng.For(seed, "S81-judged", i)))) >= 4 - Rounding).Count()
        / (double)requests.Length;

    private static double Score(string[] truth, string[] predicted) =>
        Score(new Question("Do so.", $"[{string.Join(',', truth)}]", AnswerForm.Trace), Text(predicted));

    private static double Score(Question question, string text) => CompletionTrainer.Score(
        new ToolCallReward("calls", new ToolCallOptions()), CompletionBatch.Of([question], 1, [text]))[0];

    private static string Text(IEnumerable<string> calls) => $"<think>I act.</think><tool_call>[{string.Join(',', calls)}]</tool_call>";

    private static string Call(string name, params string[] values)
    {
        Tool tool = Tools.First(one => one.Name == name);
        return Json(name, [.. tool.Parameters.Zip(values, (one, value) => (one.Key, value))]);
    }

    private static string Json(string name, (string Key, string Value)[] parameters) =>
        $"{{\"name\":\"{name}\",\"parameters\":{{{string.Join(',', parameters.Select(one => $"\"{one.Key}\":\"{one.Value}\""))}}}}}";

    private static Request[] Draw(int count, Rng rng)
    {
        var requests = new Request[count];
        for (int i = 0; i < count; i++)
        {
            var calls = new List<(int Tool, string[] Values)>();
            for (int k = 0; k < Calls; k++)
            {
                int tool = rng.Below(Tools.Length);
                string[] values = new string[Tools[tool].Parameters.Length];
                for (int p = 0; p < values.Length; p++)
                {
                    string[] all = Tools[tool].Parameters[p].Values;
                    values[p] = all[rng.Below(all.Length)];
                }

                calls.Add((tool, values));
            }

            requests[i] = new Request(new Question(string.Join(", then ", calls.Select(call =>
                $"{Tools[call.Tool].Name} {string.Join(' ', call.Values)}")),
                $"[{string.Join(',', calls.Select(call => Call(Tools[call.Tool].Name, call.Values)))}]", AnswerForm.Trace), [.. calls]);
        }

        return requests;
    }

    private sealed record Outcome(double Right, double Before);

    private sealed record Tool(string Name, (string Key, string[] Values)[] Parameters);

    private sealed record Request(Question Question, (int Tool, string[] Values)[] Calls);

    /// <summary>Chooses a tool for each call of the request, a name for each of its parameters, and the values.</summary>
    private sealed class Policy
    {
        private readonly ChoiceHead _tool = new(Features, Tools.Length, (tool, feature) => tool == feature ? Known : 0),
            _key = new(Tools.Length * 2, Keys.Length, (key, feature) => Key(feature) == Keys[key] ? Known : 0);

        private readonly ChoiceHead[] _values = [.. Keys.Select(_ => new ChoiceHead(Features, Values.Length,
            (value, feature) => feature == Tools.Length + value ? Known : 0))];

        public IReadOnlyList<ChoiceHead> Heads => [_tool, _key, .. _values];

        /// <summary>The name of a tool's first or second parameter; empty where there is none.</summary>
        private static string Key(int feature) =>
            Tools[feature / 2].Parameters is var all && feature % 2 < all.Length ? all[feature % 2].Key : "";

        public string Write(Request request, Pen pen)
        {
            var calls = new List<string>();
            foreach ((int tool, string[] values) in request.Calls)
            {
                double[] heard = new double[Features];
                heard[tool] = heard[^1] = 1;
                foreach (string value in values) heard[Tools.Length + Array.IndexOf(Values, value)] = 1;
                Tool chosen = Tools[pen.Choose(_tool, heard)];
                var parameters = new List<(string, string)>();
                for (int p = 0; p < chosen.Parameters.Length; p++)
                {
                    int key = pen.Choose(_key, MadeScene.OneHot((Array.IndexOf(Tools, chosen) * 2) + p, Tools.Length * 2));
                    if (parameters.Exists(one => one.Item1 == Keys[key])) continue; // JSON has each name once
                    parameters.Add((Keys[key], Values[pen.Choose(_values[key], heard)]));
                }

                calls.Add(Json(chosen.Name, [.. parameters]));
            }

            return Text(calls);
        }
    }
}
