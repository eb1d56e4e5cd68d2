using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>
/// Judges a policy by measures that its reward never reads: fresh episodes from the whole range of starts, likeliest actions.
/// </summary>
/// <remarks>
/// Owns its environments. Every evaluation plays the same starts, so that two policies are compared on the same episodes. Not thread-safe.
/// </remarks>
public sealed class Evaluator : IDisposable
{
    private readonly IVectorEnvironment _environment;
    private readonly ulong _seed;
    private readonly int[] _judges;
    private EnvironmentRunner? _runner;
    private readonly int[] _held;
    private readonly int[] _strict, _loose; // the same at half and at double of the tolerances
    private readonly bool[] _over;
    private readonly double[] _returns;
    private readonly double[] _lengths;
    private long _baselineDivergences;

    /// <summary>Makes ready to play.</summary>
    /// <param name="environment">One environment for each episode; owned from here on.</param>
    /// <param name="judgedBy">Measures that judge the goal: all must succeed. Empty judges none.</param>
    /// <param name="seed">Of the starts.</param>
    /// <exception cref="UnknownNameException">The environment has no such measure.</exception>
    public Evaluator(IVectorEnvironment environment, IReadOnlyList<string> judgedBy, ulong seed)
    {
        (_environment, _seed, JudgedBy) = (environment, seed, judgedBy);
        EnvironmentInfo info = environment.Info;
        string[] names = [.. info.Measures.Select(measure => measure.Name)];
        _judges = [.. judgedBy.Select(name => Array.IndexOf(names, name) is >= 0 and int index
            ? index
            : throw new UnknownNameException($"success measure of '{info.Name}'", name, names))];
        int counts = environment.Count * info.Measures.Length;
        (_held, _strict, _loose) = (new int[counts], new int[counts], new int[counts]);
        _over = new bool[environment.Count];
        (_returns, _lengths) = (new double[environment.Count], new double[environment.Count]);
    }

    /// <summary>Measures that judge the goal.</summary>
    public IReadOnlyList<string> JudgedBy { get; }

    /// <summary>Episodes of all evaluations, those of baselines apart, that ended because the simulated state went bad.</summary>
    public long Divergences => AllDivergences - _baselineDivergences;

    /// <summary>Whether as many episodes again are played from the task's own start.</summary>
    public bool PlaysTaskStart { get; init; }

    /// <summary>Sums up what the reward says of the first episodes; null sums up nothing. Lent.</summary>
    public EpisodeScorer? Scorer { get; init; }

    /// <summary>Plays one episode in every environment, and from the task's own start another where that is asked for.</summary>
    /// <param name="policy">Does not learn from it.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <param name="isBrief">
    /// Plays from the whole range alone, at the measures' own tolerances, and asks no reward, as progress during a training does.
    /// </param>
    public EvaluationOutcome Evaluate(IPolicy policy, CancellationToken cancel, bool isBrief = false)
    {
        if (isBrief) return Play(policy, StartDistribution.WholeRange, null, false, cancel);
        return PlayFully(policy, Scorer, cancel);
    }

    /// <summary>Plays the same starts without a policy that has learned anything; no reward is asked.</summary>
    /// <param name="cancel">Stops between two steps.</param>
    public BaselineOutcomes EvaluateBaselines(CancellationToken cancel)
    {
        long before = AllDivergences;
        EvaluationOutcome still = PlayFully(new StillPolicy(), null, cancel);
        EvaluationOutcome random = PlayFully(new RandomPolicy(_environment.Info.Actions), null, cancel);
        _baselineDivergences += AllDivergences - before;
        return new BaselineOutcomes(still, random);
    }

    /// <summary>Frees the environments.</summary>
    public void Dispose() => _environment.Dispose();

    private long AllDivergences => (_environment as IDivergenceSource)?.Divergences ?? 0;

    private EvaluationOutcome PlayFully(IPolicy policy, EpisodeScorer? scorer, CancellationToken cancel)
    {
        EvaluationOutcome outcome = Play(policy, StartDistribution.WholeRange, scorer, true, cancel);
        return PlaysTaskStart ? outcome with { TaskStart = Play(policy, StartDistribution.Task, scorer, true, cancel) } : outcome;
    }

    private EvaluationOutcome Play(IPolicy policy, StartDistribution start, EpisodeScorer? scorer, bool isScaled, CancellationToken cancel)
    {
        Array.Clear(_held);
        Array.Clear(_strict);
        Array.Clear(_loose);
        Array.Clear(_over);
        Array.Clear(_returns);
        Array.Clear(_lengths);
        scorer?.Begin();
        using IActor actor = policy.CreateActor(_environment.Count, ActorMode.Deterministic, _seed);
        EnvironmentRunner runner = Runner(actor);
        runner.Reset(_seed, start);
        int steps = _environment.Info.EpisodeSteps;
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            runner.Step();
            scorer?.Take(runner.Observations, runner.Actions, runner.Buffer, _over);
            Count(runner.Buffer, steps - step, isScaled);
        }

        scorer?.Finish();
        EvaluationOutcome outcome = Sum(scorer);
        return isScaled ? outcome with { Strict = Scaled(_strict), Loose = Scaled(_loose) } : outcome;
    }

    /// <summary>Counts where conditions hold; an episode that ended early holds nothing from there on.</summary>
    /// <param name="buffer">What the step led to.</param>
    /// <param name="left">Steps to the end of the episode, this one included.</param>
    /// <param name="isScaled">Whether it is counted at other tolerances too.</param>
    private void Count(StepBuffer buffer, int left, bool isScaled)
    {
        EnvironmentInfo info = _environment.Info;
        for (int row = 0; row < _over.Length; row++)
        {
            if (_over[row]) continue;
            _returns[row] += buffer.Rewards[row] / buffer.RewardScales[row];
            _lengths[row]++;
            ReadOnlySpan<float> state = buffer.States.AsSpan(row * info.State.Length, info.State.Length);
            for (int m = 0; m < info.Measures.Length; m++)
            {
                SuccessMeasure measure = info.Measures[m];
                if (left > measure.Window) continue;
                int at = (row * info.Measures.Length) + m;
                if (measure.Holds(state) > 0.5f) _held[at]++;
                if (!isScaled || measure.Tolerance is not { } tolerance) continue;
                if (tolerance.Holds(state, MeasureTolerance.Strict)) _strict[at]++;
                if (tolerance.Holds(state, MeasureTolerance.Loose)) _loose[at]++;
            }

            _over[row] = buffer.Kinds[row].Ends();
        }
    }

    /// <summary>The runner of all evaluations; its memory is made once.</summary>
    private EnvironmentRunner Runner(IActor actor)
    {
        _runner ??= new EnvironmentRunner(_environment, actor);
        _runner.Actor = actor;
        return _runner;
    }

    private EvaluationOutcome Sum(EpisodeScorer? scorer)
    {
        (double success, double[] shares) = Shares(_held);
        return new EvaluationOutcome(_over.Length, EvaluationOutcome.Named(_environment.Info, shares),
            double.IsNaN(success) ? null : success)
        {
            Figures = new EpisodeFigures(Spread.Of(_returns)!, Spread.Of(scorer?.Returns ?? []), Spread.Of(_lengths)!),
        };
    }

    private ScaledSuccess Scaled(int[] held)
    {
        EnvironmentInfo info = _environment.Info;
        (double success, double[] shares) = Shares(held);
        bool isKnown = Array.TrueForAll(_judges, m => info.Measures[m].Tolerance is not null);
        return ScaledSuccess.Of(info, isKnown ? success : double.NaN, shares);
    }

    /// <summary>Shares of episodes: of the goal, NaN where nothing judges it, and by measure.</summary>
    private (double Success, double[] Measures) Shares(int[] held)
    {
        int episodes = _over.Length;
        double Share(Predicate<int> succeeded) => (double)Enumerable.Range(0, episodes).Count(row => succeeded(row)) / episodes;
        double[] shares = [.. Enumerable.Range(0, _environment.Info.Measures.Length).Select(m => Share(row => Succeeded(held, row, m)))];
        return (_judges.Length > 0 ? Share(row => Array.TrueForAll(_judges, m => Succeeded(held, row, m))) : double.NaN, shares);
    }

    private bool Succeeded(int[] held, int row, int measure)
    {
        EnvironmentInfo info = _environment.Info;
        SuccessMeasure asked = info.Measures[measure];
        const double rounding = 1e-9; // 0.9 times 200 is to be 180, whatever the last bit says
        return held[(row * info.Measures.Length) + measure] >= (asked.Share * Math.Min(asked.Window, info.EpisodeSteps)) - rounding;
    }
}
