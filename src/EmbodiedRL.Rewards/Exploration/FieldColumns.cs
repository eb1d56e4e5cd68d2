using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>The values of some fields of a row, side by side, for a bonus that reads no others.</summary>
internal sealed class FieldColumns
{
    private readonly string _term;
    private readonly VectorSpec _spec;
    private readonly int[] _columns;

    /// <summary>Chooses fields.</summary>
    /// <param name="term">Name of the bonus, for messages.</param>
    /// <param name="environment">Whose rows they are, for messages.</param>
    /// <param name="block">What they are of: observation or state.</param>
    /// <param name="spec">All fields of a row.</param>
    /// <param name="fields">The chosen ones; empty takes all.</param>
    /// <exception cref="SpecMismatchException">Rows have no numbers.</exception>
    /// <exception cref="UnknownNameException">A field is not there.</exception>
    public FieldColumns(string term, string environment, string block, VectorSpec spec, string[] fields)
    {
        if (spec.Length == 0)
            throw new SpecMismatchException($"reward '{term}' in environment '{environment}'", $"a vector of {block} numbers", "none");
        (_term, _spec) = (term, spec);
        _columns = spec.Places(fields, $"{block} field for reward '{term}' in environment '{environment}' called");
    }

    /// <summary>Values chosen of a row.</summary>
    public int Length => _columns.Length;

    /// <summary>Copies the chosen values of a row.</summary>
    /// <param name="row">A whole row.</param>
    /// <param name="into">[<see cref="Length"/>], overwritten.</param>
    /// <param name="batch">Where it comes from, for the message.</param>
    /// <param name="at">Its row there.</param>
    /// <exception cref="NonFiniteException">A value is not finite.</exception>
    public void Copy(ReadOnlySpan<float> row, Span<float> into, RewardBatch batch, int at)
    {
        for (int i = 0; i < _columns.Length; i++)
        {
            into[i] = row[_columns[i]];
            if (!float.IsFinite(into[i]))
                throw new NonFiniteException($"The value '{_spec.NameOf(_columns[i])}' that reward '{_term}' reads", batch.Describe(at));
        }
    }
}
