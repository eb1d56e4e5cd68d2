using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>
/// Options of <see cref="ProgressAttributionReward"/>. Weight of the grounding: the authors' release; sizes and rates are this project's,
/// for a small network instead of a language model.
/// </summary>
public sealed record ProgressAttributionOptions : Options
{
    /// <summary>Weight of a step's contribution to the final reward.</summary>
    [Range(0, 1e6, IsAboveLeast = true)]
    public double Alpha { get; init; } = 1;

    /// <summary>Weight of the grounding; read only where <c>grounded</c> names a field.</summary>
    [Range(0, 1e6)]
    public double Beta { get; init; } = 0.5;

    /// <summary>
    /// Field of the state that is above 0.5 where the environment could execute the action; empty where it has none, so that the
    /// grounding is left out.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Grounded { get; init; } = "";

    /// <summary>
    /// Finished episodes that the estimator is fitted to, the newest ones. Until there are as many, the hand-built reward is passed on.
    /// </summary>
    [Range(1, 1_000_000)]
    public int Episodes { get; init; } = 500;

    /// <summary>Further episodes after which it is fitted anew, from where it stands; 0 leaves it as it is, as the paper does.</summary>
    [Range(1, 1_000_000, Zero = "never")]
    public int Refit { get; init; }

    /// <summary>Passes over the episodes at a fit.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 40;

    /// <summary>Episodes of a gradient step.</summary>
    [Range(1, 65_536)]
    public int Minibatch { get; init; } = 16;

    /// <summary>Adam's learning rate.</summary>
    [Range(0, 10, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Width of the estimator's two hidden layers.</summary>
    [Range(1, 8192)]
    public int Hidden { get; init; } = 64;
}

/// <summary>
/// Stepwise progress attribution (SPA-RL): an estimator of what every step contributes to an episode's final reward, fitted to the
/// returns of finished episodes, pays instead of that reward.
/// </summary>
/// <remarks>
/// <para>Fit: (sum_t c_t - R)^2 over whole episodes, R the undiscounted sum of the hand-built reward; reward of a step: alpha c_t + beta
/// g_t, g_t = 1 where the environment could execute the action. Weigh the hand-built reward 0 beside it: it would count success twice
/// (before the first fit this source passes it on by itself). Neither a baseline of other episodes nor a factor of the steps that remain
/// is applied: both stand in the authors' release and not in the paper.</para>
/// <para>Differs from the paper: c_t is read from the observation that step t acted on and its action, by a small network; what happened
/// before counts as far as the observation holds it. The release leaves alpha at 1, and so does this.</para>
/// <para>Owns the estimator. Not thread-safe.</para>
/// </remarks>
[Paper("2505.20732", "SPA-RL: Reinforcing LLM Agents via Stepwise Progress Attribution", Year = 2025, Method = "S82")]
public sealed class ProgressAttributionReward : Reward, ITrajectoryReward, ILearnedReward
{
    private const string Net = "estimator";

    private readonly ProgressAttributionOptions _options;
    private readonly ulong _seed;
    private readonly int _observations, _actions, _choices, _grounded;
    private readonly ParameterVector _weights;
    private readonly MlpModule _estimator;
    private readonly Adam _adam;
    private readonly ScoredEpisodes _episodes;
    private readonly RunningMoments _moments;
    private long _fits, _fittedAt;

    /// <summary>An estimator that knows nothing.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose observations and actions it reads.</param>
    /// <param name="seed">Of first weights and of the order of episodes.</param>
    /// <exception cref="SpecMismatchException">Observations hold no numbers.</exception>
    /// <exception cref="UnknownNameException">The state has no field of the name that is to say what was executed.</exception>
    public ProgressAttributionReward(string name, ProgressAttributionOptions options, EnvironmentInfo info, ulong seed = 1)
        : base(new RewardSpec(name, Needs(options), Scope: ScoreScope.History))
    {
        (_options, _seed) = (options, seed);
        (_observations, _actions, _choices) = (info.Observations.Length, info.Actions.Length, info.Actions.Choices);
        if (_observations == 0)
            throw new SpecMismatchException($"observations read by '{name}'", "numbers", "images alone");
        _grounded = options.Grounded.Length > 0 ? info.State.Offset(options.Grounded) : -1;
        int[] sizes = [Width, options.Hidden, options.Hidden, 1];
        var rng = Rng.For(seed, $"progress/{name}/weights");
        _weights = new ParameterVector(CPU, [.. Mlp.Shapes(Net, sizes)]);
        Mlp.Initialize(_weights, Net, sizes, lastGain: 0.01, ref rng);
        _estimator = new MlpModule(_weights, Net, sizes);
        _adam = new Adam(_weights);
        (_episodes, _moments) = (new ScoredEpisodes(options.Episodes, Width), new RunningMoments(_observations));
    }

    /// <summary>Whether it was fitted, so that it pays contributions.</summary>
    public bool IsFitted => _fits > 0;

    private int Width => _observations + (_choices > 0 ? _choices : _actions);

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        Check(batch, scores);
        var steps = batch.As<TrajectoryBatch>();
        if (!IsFitted)
        {
            steps.TaskRewards.CopyTo(scores);
            return ValueTask.CompletedTask;
        }

        Estimate(Inputs(steps), scores.Span);
        int state = steps.Info.State.Length;
        for (int row = 0; row < steps.Rows; row++)
        {
            double grounded = _grounded >= 0 && steps.States[(row * state) + _grounded] > 0.5f ? 1 : 0;
            scores.Span[row] = (float)StepwiseProgressAttribution.StepReward(scores.Span[row], _options.Alpha, grounded, _options.Beta);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        if (context.Frozen) return ValueTask.CompletedTask;
        TorchRuntime.UseThreads();
        var steps = batch.As<TrajectoryBatch>();
        if (IsFitted && _options.Refit == 0) return ValueTask.CompletedTask;
        _episodes.Add(steps, Inputs(steps));
        long due = IsFitted ? _fittedAt + _options.Refit : _options.Episodes;
        if (_episodes.Count < due) return ValueTask.CompletedTask;
        double error = Fit(context.Cancel);
        (_fits, _fittedAt) = (_fits + 1, _episodes.Count);
        context.Metrics.Write($"reward/{Spec.Name}/fit/error", error);
        context.Metrics.Write($"reward/{Spec.Name}/fit/episodes", _episodes.Finished.Count);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        _weights.Save(into.Section("weights"));
        _adam.Save(into.Section("adam"));
        _episodes.Save(into.Section("episodes"));
        _moments.Save(into.Section("moments"));
        into.Put<long>("fits", [_fits, _fittedAt]);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _weights.Load(from.Section("weights"));
        _adam.Load(from.Section("adam"));
        _episodes.Load(from.Section("episodes"));
        _moments.Load(from.Section("moments"));
        long[] fits = new long[2];
        from.Get<long>("fits", fits);
        (_fits, _fittedAt) = (fits[0], fits[1]);
    }

    /// <summary>Frees estimator and optimizer.</summary>
    protected override void Dispose(bool disposing)
    {
        _adam.Dispose();
        _estimator.Dispose();
        _weights.Dispose();
        base.Dispose(disposing);
    }

    private static BatchFields Needs(ProgressAttributionOptions options) =>
        BatchFields.Observations | BatchFields.Actions | BatchFields.TaskRewards
            | (options.Grounded.Length > 0 ? BatchFields.States : BatchFields.None);

    /// <summary>[rows, I]: observation, then the action, as a one-hot choice where it is one.</summary>
    private float[] Inputs(TrajectoryBatch steps)
    {
        float[] inputs = new float[steps.Rows * Width];
        for (int row = 0; row < steps.Rows; row++)
        {
            Span<float> into = inputs.AsSpan(row * Width, Width);
            steps.Observations.AsSpan(row * _observations, _observations).CopyTo(into);
            if (_choices > 0) into[_observations + (int)Math.Clamp(MathF.Round(steps.Actions[row]), 0, _choices - 1)] = 1;
            else steps.Actions.AsSpan(row * _actions, _actions).CopyTo(into[_observations..]);
        }

        return inputs;
    }

    /// <summary>A copy whose observations are standardized by the moments of what was fitted to.</summary>
    private float[] Standardized(ReadOnlySpan<float> inputs)
    {
        float[] rows = inputs.ToArray();
        for (int at = 0; at < rows.Length; at += Width)
            _moments.Standardize(rows.AsSpan(at, _observations), rows.AsSpan(at, _observations), limit: 10);
        return rows;
    }

    private void Estimate(float[] inputs, Span<float> into)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSpans.Read(_estimator.forward(tensor(Standardized(inputs), into.Length, Width)).squeeze(-1), into);
    }

    /// <returns>Mean squared error over the last pass.</returns>
    private double Fit(CancellationToken cancel)
    {
        ScoredEpisode[] episodes = [.. _episodes.Finished];
        foreach (ScoredEpisode episode in episodes)
            for (int at = 0; at < episode.Rows.Length && !IsFitted; at += Width)
                _moments.Update<float>(episode.Rows.AsSpan(at, _observations));
        float[][] rows = Array.ConvertAll(episodes, episode => Standardized(episode.Rows));
        int[] order = [.. Enumerable.Range(0, episodes.Length)];
        var rng = Rng.For(_seed, $"progress/{Spec.Name}/order", _fits);
        double error = 0;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            rng.Shuffle(order);
            error = 0;
            for (int start = 0; start < order.Length; start += _options.Minibatch)
            {
                cancel.ThrowIfCancellationRequested();
                error += Step(episodes, rows, order.AsSpan(start, Math.Min(_options.Minibatch, order.Length - start)));
            }
        }

        return error / order.Length;
    }

    /// <returns>The sum of squared errors of the minibatch.</returns>
    private double Step(ScoredEpisode[] episodes, float[][] rows, ReadOnlySpan<int> minibatch)
    {
        using DisposeScope scope = NewDisposeScope();
        List<float> inputs = [];
        List<long> owners = [];
        float[] returns = new float[minibatch.Length];
        for (int i = 0; i < minibatch.Length; i++)
        {
            inputs.AddRange(rows[minibatch[i]]);
            for (int step = 0; step < rows[minibatch[i]].Length / Width; step++) owners.Add(i);
            returns[i] = (float)episodes[minibatch[i]].Return;
        }

        _estimator.zero_grad();
        Tensor contributions = _estimator.forward(tensor(inputs.ToArray(), owners.Count, Width)).squeeze(-1);
        Tensor loss = StepwiseProgressAttribution.FitLoss(contributions, tensor(owners.ToArray()), tensor(returns));
        loss.backward();
        double value = loss.ToDouble();
        if (!double.IsFinite(_adam.Step(_options.LearningRate, maximumNorm: 1)))
            throw new NonFiniteException($"The gradient of reward '{Spec.Name}'", $"fit {_fits}", "Lower learningRate.");
        return value * minibatch.Length;
    }
}
