using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Benchmarks.Reasoning;

/// <summary><c>bench malformed</c>: damaged completions through every verifier, none of which may fail, leave its range or read
/// on.</summary>
internal sealed class MalformedBench : ICommand
{
    public const string Verb = "malformed";

    /// <summary>The most characters that parsers may look at for each character of a completion.</summary>
    private const double MostReading = 40;

    private const int Completions = 8;

    public Command Build(CommandServices services)
    {
        var count = new Option<int>("--count") { Description = "Completions for each verifier.", DefaultValueFactory = _ => 100_000 };
        var seed = new Option<ulong>("--seed") { Description = "Of the damage.", DefaultValueFactory = _ => 1 };
        var json = new JsonFile();
        var command = new Command(Verb,
            "Score damaged completions by every verifier that ships: cut, doubled, nested without end, with numbers and letters that "
            + "parsers trip over, some of a million characters.\n\n"
            + $"Figure: characters looked at for each character of a completion; a row holds at {MostReading} or less if no completion "
            + "failed or left the verifier's range.\n\nExit code 3 if one does not hold.\n\n"
            + $"Example: ./embodied bench {Verb}\nExample: ./embodied bench {Verb} --count 10000 --json {Verb}.json")
        { count, seed };
        json.AddTo(command);
        command.SetAction(async parsed =>
        {
            string load = Machine.Load();
            int asked = parsed.GetValue(count);
            if (asked is < Completions or > 100_000_000)
                throw new SettingsException(BenchCommand.Verb, [$"--count: expected {Completions} to 100000000, found {asked}."]);
            if (VerifierCase.Missing.Count > 0)
                throw new SettingsException(BenchCommand.Verb,
                    [.. VerifierCase.Missing.Select(name => $"{name}: a verifier without a case.")]);
            var rows = new List<BenchRow>();
            foreach (VerifierCase one in VerifierCase.All) rows.Add(await ScoreAsync(one, asked, parsed.GetValue(seed), services.Cancel));
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load), rows));
        });
        return command;
    }

    /// <summary>Scores damaged completions by one verifier.</summary>
    internal static async Task<BenchRow> ScoreAsync(VerifierCase one, int count, ulong seed, CancellationToken cancel)
    {
        using Verifier verifier = one.Create();
        long read = 0, length = 0, outside = 0, failed = 0, nonzero = 0;
        string failure = "";
        foreach (string[] texts in MalformedCompletions.Of(count, seed, one.Sound).Chunk(Completions))
        {
            cancel.ThrowIfCancellationRequested();
            CompletionBatch batch = texts.Length % 2 == 0
                ? CompletionBatch.Of([one.Question, one.Question], texts.Length / 2, texts)
                : CompletionBatch.Of([one.Question], texts.Length, texts);
            float[] scores = new float[batch.Rows];
            try
            {
                await verifier.ScoreAsync(batch, scores, ScoreContext.Preview(cancel));
            }
#pragma warning disable CA1031 // any failure is what is counted
            catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
            {
                failed++;
                failure = $"{error.GetType().Name}: {error.Message}";
                continue;
            }

            read += verifier.CharactersRead;
            length += texts.Sum(text => (long)text.Length);
            outside += scores.Count(score => !float.IsNaN(score)
                && !(score >= verifier.Spec.Minimum - 1e-4f && score <= verifier.Spec.Maximum + 1e-4f));
            nonzero += scores.Count(score => score > 0);
        }

        double reading = (double)read / Math.Max(1, length);
        var row = new BenchRow(one.Name, reading, "characters read for each", "the most allowed", MostReading)
        {
            Holds = failed == 0 && outside == 0 && reading <= MostReading,
            More = { ["completions"] = count, ["outside"] = outside, ["failed"] = failed, ["above0"] = nonzero },
        };
        if (failure.Length > 0) row.More["failure"] = failure;
        return row;
    }
}
