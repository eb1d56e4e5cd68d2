using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>Whole episodes side by side, [T, N], as transforms and combinators see them; rows after an end have no score.</summary>
internal sealed class EpisodeBatch : RewardBatch
{
    private readonly int[] _lengths;
    private readonly long[] _episodes, _groups;

    /// <param name="episodes">N of them; their ids are their places.</param>
    public EpisodeBatch(IReadOnlyList<TableEpisode> episodes)
    {
        _lengths = [.. episodes.Select(episode => episode.Length)];
        _episodes = new long[_lengths.Max() * _lengths.Length];
        _groups = new long[_episodes.Length];
        for (int row = 0; row < _episodes.Length; row++) _episodes[row] = IsPlayed(row) ? row % _lengths.Length : -1 - row;
    }

    /// <inheritdoc/>
    public override int Rows => _episodes.Length;

    /// <inheritdoc/>
    public override BatchFields Fields => BatchFields.None;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Episode => _episodes;

    /// <inheritdoc/>
    public override ReadOnlySpan<long> Group => _groups;

    /// <inheritdoc/>
    public override int NextRow => _lengths.Length;

    /// <inheritdoc/>
    public override bool EndsEpisode(int row) => row / _lengths.Length == _lengths[row % _lengths.Length] - 1;

    /// <inheritdoc/>
    public override string Describe(int row) => $"step {row / _lengths.Length} of episode {row % _lengths.Length}";

    /// <summary>[T, N] of what is said of each step; NaN after the ends.</summary>
    /// <param name="score">Of episode and step.</param>
    public float[] Scores(Func<int, int, double> score)
    {
        float[] scores = new float[Rows];
        for (int row = 0; row < scores.Length; row++)
            scores[row] = IsPlayed(row) ? (float)score(row % _lengths.Length, row / _lengths.Length) : float.NaN;
        return scores;
    }

    /// <summary>[episodes][steps] of [T, N].</summary>
    public double[][] Split(ReadOnlySpan<float> scores)
    {
        double[][] rows = [.. _lengths.Select(length => new double[length])];
        for (int row = 0; row < scores.Length; row++)
            if (IsPlayed(row)) rows[row % _lengths.Length][row / _lengths.Length] = scores[row];
        return rows;
    }

    /// <summary>[episodes][steps] that a combinator makes of terms.</summary>
    public double[][] Combine(IRewardCombinator combinator, ScoreContext context,
        params (string Name, float Weight, Func<int, int, double> Score)[] terms)
    {
        float[] rewards = new float[Rows];
        combinator.Combine(this, [.. terms.Select(term => new TermScores(term.Name, term.Weight, Scores(term.Score)))], rewards, context);
        return Split(rewards);
    }

    /// <summary>Context of a training's batch.</summary>
    public static ScoreContext Context(long step) => new(step, 0, Frozen: false, NullMetricSink.Instance, CancellationToken.None);

    private bool IsPlayed(int row) => row / _lengths.Length < _lengths[row % _lengths.Length];
}
