using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench proofs</c>: every proof, one after the other, in one table.</summary>
/// <param name="proofs">Benches that are named after their method and write their rows by <c>--json</c>.</param>
internal sealed class ProofsBench(IReadOnlyList<ICommand> proofs) : ICommand
{
    public const string Verb = "proofs";

    /// <summary>Where the figures of a run lie in a checkout; <c>bench methods</c> shows them.</summary>
    public const string Kept = "assets/docs/proofs.json";

    public Command Build(CommandServices services)
    {
        var json = new JsonFile();
        var command = new Command(Verb,
            "Run every proof of a method, one after the other, as ./embodied bench METHOD does.\n\nExit code 3 if one does not hold.\n\n"
            + $"Example: ./embodied bench {Verb} --json {Kept}");
        json.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            string load = Machine.Load();
            List<BenchRow> rows = [];
            foreach (ICommand proof in proofs) rows.AddRange(await RunAsync(proof, services, cancel));
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load), rows));
        });
        return command;
    }

    /// <summary>The rows that a proof writes.</summary>
    private static async Task<BenchRow[]> RunAsync(ICommand proof, CommandServices services, CancellationToken cancel)
    {
        string file = Path.GetTempFileName();
        try
        {
            Command command = proof.Build(services with { Output = TextWriter.Null });
            services.Error.WriteLine($"{command.Name} ...");
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            await command.Parse(["--json", file]).InvokeAsync(configuration, cancel);
            cancel.ThrowIfCancellationRequested();
            JsonNode answer = JsonNode.Parse(await File.ReadAllTextAsync(file, cancel))!;
            BenchRow[] rows = answer["rows"].Deserialize<BenchRow[]>(RunJson.Options)!;
            foreach (BenchRow row in rows)
                foreach ((string name, object value) in row.More.ToArray()) row.More[name] = Figure((JsonElement)value);
            return rows;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A figure as the proof had it, so that the table shows it as it would the proof's own.</summary>
    private static object Figure(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out long whole) ? whole : value.GetDouble(),
        JsonValueKind.Object when value.EnumerateObject().All(one => one.Value.ValueKind == JsonValueKind.Number) =>
            value.Deserialize<Dictionary<string, double>>()!,
        JsonValueKind.Object or JsonValueKind.Array => value.Clone(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        _ => value.ToString(),
    };
}
