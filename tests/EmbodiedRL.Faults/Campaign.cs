using System.Collections.Concurrent;
using System.Globalization;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Faults.Families;

namespace EmbodiedRL.Faults;

/// <summary>Many damaged inputs, from a fixed seed, each given to the verb that reads it; and what became of them.</summary>
internal sealed class Campaign(int count, ulong seed, string? only, int workers, TimeSpan limit, TextWriter output)
{
    private const string Usage = "EmbodiedRL.Faults [--count 1000] [--seed 1] [--family NAME] [--workers 2] [--limit SECONDS]";
    private const int DidNotHold = 3, BadInput = 2;

    private static readonly FaultFamily[] Families = [
        new SettingsFaults(), new ModelFaults(), new WeightFaults(), new CheckpointFaults(), new ControlFaults(),
        new DemonstrationFaults(), new PictureFaults(),
        new FormulaFaults(), new OddFileFaults()
    ];

    private readonly ConcurrentBag<(string Family, int Index, FaultCase Case, Outcome Outcome, string Words)> _results = [];

    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i + 1 < args.Length; i += 2) said[args[i]] = args[i + 1];
        string[] known = ["--count", "--seed", "--family", "--workers", "--limit"];
        if (args.Length % 2 != 0 || said.Keys.Except(known).Any() || !TryNumber(said, "--count", 1000, out int count)
            || !TryNumber(said, "--seed", 1, out int seed)
            || !TryNumber(said, "--workers", 2, out int workers) || !TryNumber(said, "--limit", 120, out int seconds)
            || (said.TryGetValue("--family", out string? family) && Families.All(one => one.Name != family)))
        {
            output.WriteLine($"{Usage}\nFamilies: {string.Join(", ", Families.Select(one => one.Name))}.");
            return BadInput;
        }

        return await new Campaign(count, (ulong)seed, said.GetValueOrDefault("--family"), workers,
            TimeSpan.FromSeconds(seconds), output).RunAsync();
    }

    private static bool TryNumber(Dictionary<string, string> said, string name, int otherwise, out int number)
    {
        number = otherwise;
        return !said.TryGetValue(name, out string? text)
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0);
    }

    private async Task<int> RunAsync()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("embodied-faults-");
        try
        {
            long started = TimeProvider.System.GetTimestamp();
            FaultFamily[] chosen = [.. Families.Where(family => only is null || family.Name == only)];
            var waiting = new ConcurrentQueue<(FaultFamily Family, int Index)>();
            foreach (FaultFamily family in chosen)
            {
                await PrepareAsync(family, root.FullName);
                int asked = Math.Max(1, only is null ? (int)Math.Round(count * family.Share / 100.0) : count);
                for (int index = 0; index < asked; index++) waiting.Enqueue((family, index));
            }

            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(waiting, root.FullName))));
            return Report(chosen, TimeProvider.System.GetElapsedTime(started));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private async Task PrepareAsync(FaultFamily family, string root)
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, family.Name)).FullName;
        using var worker = new WorkerProcess(folder, limit);
        await family.PrepareAsync(folder, async arguments =>
        {
            (WorkerAnswer? answer, string end) = await worker.AskAsync(new WorkerQuestion(arguments, null));
            return answer is { Code: 0 }
                ? answer.Output
                : throw new InvalidOperationException($"{family.Name}: the undamaged input is refused by {string.Join(' ', arguments)}: "
                    + $"{answer?.Error ?? end}");
        });
    }

    private async Task WorkAsync(ConcurrentQueue<(FaultFamily Family, int Index)> waiting, string root)
    {
        using var worker = new WorkerProcess(root, limit);
        while (waiting.TryDequeue(out (FaultFamily Family, int Index) next))
        {
            string folder = Directory.CreateDirectory(Path.Combine(root, next.Family.Name,
                string.Create(CultureInfo.InvariantCulture, $"{next.Index}"))).FullName;
            Rng rng = Rng.For(seed, next.Family.Name, next.Index);
            FaultCase made = next.Family.Make(next.Index, ref rng, folder);
            (WorkerAnswer? answer, string end) = await worker.AskAsync(new WorkerQuestion(made.Arguments, made.Weights));
            if (answer is not null) answer = answer with { Output = answer.Output.Replace(folder, "", StringComparison.Ordinal) };
            (Outcome outcome, string words) = Verdict.Of(made, answer, end);
            _results.Add((next.Family.Name, next.Index, made, outcome, words));
            Directory.Delete(folder, recursive: true);
        }
    }

    private int Report(FaultFamily[] chosen, TimeSpan took)
    {
        var bad = _results.Where(result => result.Outcome is not (Outcome.Accepted or Outcome.Refused))
            .OrderBy(result => result.Family, StringComparer.Ordinal)
            .ThenBy(result => result.Index)
            .ToArray();
        foreach ((string family, int index, FaultCase made, Outcome outcome, string words) in bad)
            output.WriteLine($"{family} {index}, {made.Name}: {outcome}. {Shorten(words)}\n  {Shorten(string.Join(' ', made.Arguments))}");
        string[] columns = ["inputs", .. Enum.GetNames<Outcome>().Select(name => name.ToLowerInvariant())];
        output.WriteLine($"{"family",-14}{string.Concat(columns.Select(column => $"{column,10}"))}");
        foreach (string name in chosen.Select(family => family.Name).Append("all"))
        {
            var own = _results.Where(result => name == "all" || result.Family == name).ToArray();
            int[] numbers = [own.Length, .. Enum.GetValues<Outcome>().Select(outcome => own.Count(result => result.Outcome == outcome))];
            string cells = string.Concat(numbers.Select(number => string.Create(CultureInfo.InvariantCulture, $"{number,10}")));
            output.WriteLine($"{name,-14}{cells}");
        }

        string found = bad.Length == 0
            ? "none ended a verb by a signal, showed a stack, hung or was accepted without a message."
            : $"{bad.Length} did not end as they should.";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_results.Count} damaged inputs of seed {seed} in {took.TotalSeconds:0} s: {found}"));
        return bad.Length == 0 ? 0 : DidNotHold;
    }

    private static string Shorten(string text) =>
        text.ReplaceLineEndings(" ").Trim() is { Length: > 600 } longer ? longer[..600] + " ..." : text.ReplaceLineEndings(" ").Trim();
}
