using System.CommandLine;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>--seed N</c>: the first seed of a proof. Settings were chosen on seeds from 100 on; those reported begin at 1.</summary>
internal sealed class ProofSeed
{
    private readonly Option<int> _first = new("--seed")
    {
        Description = "The first seed. Settings were chosen on seeds from 100 on, so figures of those say less.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    public void AddTo(Command command) => command.Add(_first);

    /// <summary>So many seeds from the first one on.</summary>
    public ulong[] Read(ParseResult parsed, int count) =>
        [.. Enumerable.Range(parsed.GetValue(_first), count).Select(seed => (ulong)seed)];
}
