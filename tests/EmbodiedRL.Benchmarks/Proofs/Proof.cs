using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// Proof of a method on worlds so small that no model and no library is needed: its command, its options and its answer. A new one is a
/// class, and a line in <see cref="BenchCommand"/>.
/// </summary>
/// <param name="method">Its number in the catalog, which is its command and the name of its row.</param>
/// <param name="question">What is proven, in a sentence.</param>
/// <param name="figure">What the figure, the reference and the condition are.</param>
/// <param name="firstSeed">First seed of those reported, if nothing else is said.</param>
internal abstract class Proof(string method, string question, string figure, int firstSeed = 1) : ICommand
{
    /// <summary>Settings of proofs were chosen on seeds from here on; what is reported uses others.</summary>
    public const int ChoosingSeed = 1001;

    /// <summary>Whether networks are trained: on one thread, and with the library's version beside the figure.</summary>
    protected virtual bool UsesTorch => false;

    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var seed = new Option<int>("--seed")
        {
            Description = $"First seed of those reported. Settings were {(firstSeed == 1 ? $"chosen on seeds from {ChoosingSeed} on"
                : "not chosen on these")}.",
            DefaultValueFactory = _ => firstSeed,
        };
        var command = new Command(method,
            $"Prove {question}\n\n{figure}\n\nExit code 3 if it does not hold.\n\nExample: ./embodied bench {method} --json {method}.json")
        { seed };
        json.AddTo(command);
        command.SetAction(parsed =>
        {
            string load = Machine.Load();
            if (UsesTorch) TorchRuntime.SetThreads(1);
            BenchRow row = Prove((ulong)parsed.GetValue(seed), services.Cancel);
            (string, string)[] libraries = UsesTorch ? [("libtorch", TorchRuntime.Version)] : [];
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, libraries), [row]));
        });
        return command;
    }

    /// <summary>The row.</summary>
    /// <param name="value">Ours.</param>
    /// <param name="unit">Of both figures.</param>
    /// <param name="reference">What it is compared with.</param>
    /// <param name="referenceValue">Its figure.</param>
    /// <param name="holds">Whether it went the paper's way.</param>
    /// <param name="more">Further figures.</param>
    protected BenchRow Row(double value, string unit, string reference, double referenceValue, bool holds,
        params ReadOnlySpan<(string Name, object Value)> more)
    {
        var row = new BenchRow($"{method}/proof", value, unit, reference, referenceValue) { Holds = holds };
        foreach ((string key, object figure) in more) row.More[key] = figure;
        return row;
    }

    /// <summary>Runs it.</summary>
    /// <param name="firstSeed">Of consecutive ones, one for each repetition.</param>
    /// <param name="cancel">Ends between two parts.</param>
    protected abstract BenchRow Prove(ulong firstSeed, CancellationToken cancel);

    /// <summary>Does the same for consecutive seeds.</summary>
    protected static T[] ForSeeds<T>(ulong first, int count, Func<ulong, T> run, CancellationToken cancel)
    {
        var results = new T[count];
        for (int i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            results[i] = run(first + (ulong)i);
        }

        return results;
    }
}
