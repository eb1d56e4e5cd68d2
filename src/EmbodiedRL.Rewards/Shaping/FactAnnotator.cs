using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Fact annotator: a sentence about the environment is achieved where it becomes true, by the environment's own facts.</summary>
/// <remarks>
/// A transition achieves a sentence that is true in the state reached and was not in the state before; an episode's first state reached
/// has none before it. Remembers nothing between batches: whoever pays once per episode is not misled by that.
/// </remarks>
public sealed class FactAnnotator : ITransitionAnnotator
{
    private readonly Caption[] _captions;
    private readonly float _threshold;
    private readonly int _stateLength;

    /// <summary>Reads the sentences.</summary>
    /// <param name="info">Whose facts they are about.</param>
    /// <param name="subgoals">Sentences, e.g. "the pole standing upright".</param>
    /// <param name="threshold">Truth in (0, 1] from which on a sentence counts as true.</param>
    /// <exception cref="SettingsException">A sentence says nothing that the environment has a fact for.</exception>
    public FactAnnotator(EnvironmentInfo info, IReadOnlyList<string> subgoals, float threshold = 0.5f)
    {
        var grammar = new CaptionGrammar(info);
        Caption?[] captions = [.. subgoals.Select(grammar.Parse)];
        string[] violations =
        [
            .. captions.Select((caption, k) => caption is { Claims.Length: > 0 } ? "" : $"subgoals:{k}: expected a sentence about "
                + $"'{info.Name}', e.g. '{grammar.Examples.FirstOrDefault("")}', found '{subgoals[k]}'.").Where(text => text.Length > 0),
        ];
        if (violations.Length > 0) throw new SettingsException("subgoals", violations);
        (_captions, Subgoals, _threshold, _stateLength) = (captions!, subgoals, threshold, info.State.Length);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Subgoals { get; }

    /// <inheritdoc/>
    public BatchFields Reads => BatchFields.States;

    /// <inheritdoc/>
    public ValueTask AnnotateAsync(TrajectoryBatch batch, Memory<bool> achieved, ScoreContext context)
    {
        SpecMismatchException.ThrowIfLength("annotations", achieved.Length, batch.Rows * _captions.Length);
        bool[] holds = new bool[achieved.Length];
        for (int row = 0; row < batch.Rows; row++)
            for (int k = 0; k < _captions.Length; k++)
            {
                int at = (row * _captions.Length) + k, before = at - (batch.NextRow * _captions.Length);
                holds[at] = _captions[k].Truth(batch.States.AsSpan(row * _stateLength, _stateLength)) >= _threshold;
                bool held = before >= 0 && batch.Episode[row - batch.NextRow] == batch.Episode[row] && holds[before];
                achieved.Span[at] = holds[at] && !held;
            }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
