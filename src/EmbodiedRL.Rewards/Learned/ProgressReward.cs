using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rewards.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Options of <see cref="ProgressReward"/>.</summary>
public sealed record ProgressOptions : LearnedOptions
{
    /// <summary>Progress is 1 from where an episode succeeds for good.</summary>
    public const string Success = "success";

    /// <summary>Progress is 1 at the last step alone.</summary>
    public const string End = "end";

    /// <summary>A step is a success where the teacher's number is at least this; a measure says 1 where it holds, else 0.</summary>
    [Range(-1e9, 1e9)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>Last steps of an episode that say whether it succeeded; fewer where it is shorter.</summary>
    [Range(1, 100_000)]
    public int Window { get; init; } = 10;

    /// <summary>Share of those that must be successes.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 0.9;

    /// <summary>
    /// Where the time runs to: <c>success</c> (1 from where the last stretch of successes begins), or <c>end</c> (1 at the last step).
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string To { get; init; } = Success;

    /// <summary>Steps of successful episodes that are remembered; the oldest make room.</summary>
    [Range(2, 10_000_000)]
    public int Memory { get; init; } = 50_000;

    /// <summary>Successful episodes that are learned from in the whole run.</summary>
    [Range(1, 10_000_000)]
    public int Budget { get; init; } = 1000;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations() =>
        To is Success or End ? base.Violations() : base.Violations().Append($"to: expected {Success} or {End}, found '{To}'.");
}

/// <summary>Progress reward: the share of the way to a success that is done, learned from successful episodes.</summary>
/// <remarks>
/// <para>The ensemble regresses, for every step t = 1, 2, ... of a successful episode, min(1, t / t*) where t* is the first step of its
/// last stretch of successes: a plain time fraction would ask for different numbers of the same state wherever an episode stays at its
/// goal.
/// Scores are kept within [0, 1]; before the first success every step scores 0.</para>
/// <para>It is a potential, not a payment: earned at every step it pays for lingering near the goal. Use differences of it, i.e.
/// potential-based shaping, beside a reward for the success itself. Known only near the way that the episodes took; elsewhere the
/// members disagree, which <see cref="LearnedOptions.Pessimism"/> takes off.</para>
/// </remarks>
[NoPaper("regression of the time fraction of demonstrations, a scheme of many papers")]
public sealed class ProgressReward : EnsembleReward
{
    private readonly ProgressOptions _options;
    private readonly ExampleRows _examples;
    private List<float>[] _rows = [], _truths = []; // of the episodes under way
    private int[] _trained = [];
    private long _succeeded, _failed, _fresh;
    private double _error = double.NaN, _rank = double.NaN;

    /// <summary>Makes it.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="run">What the run lends.</param>
    /// <exception cref="EmbodiedException">Something that the options name is not there or does not fit.</exception>
    public ProgressReward(ProgressOptions options, RewardContext run)
        : base(new LearnedParts("progress", options, run, StepTeacher.Measure, isGraded: false, (0, 1)), options)
    {
        (_options, _examples) = (options, new ExampleRows(options.Memory, InputLength));
        try
        {
            LoadFile();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private protected override float Unknown => 0;

    private protected override bool WantsMore => _succeeded < _options.Budget;

    private protected override double[] Scaling { get; set; } = [];

    private protected override long Examples => _examples.Count;

    private protected override bool CanTrain => _trained.Length > 0;

    private protected override string Lacking => $"an episode that succeeds (of {_succeeded + _failed} that ended)";

    /// <summary>Targets of an episode's steps.</summary>
    /// <param name="isSuccess">[T], of an episode from its start.</param>
    /// <param name="options">Window, share, and where the time runs to.</param>
    /// <returns>[T] in (0, 1]; null if the episode did not succeed.</returns>
    public static float[]? Targets(ReadOnlySpan<bool> isSuccess, ProgressOptions options)
    {
        const double rounding = 1e-9;
        int window = Math.Min(options.Window, isSuccess.Length);
        if (window == 0 || isSuccess[^window..].Count(true) < (options.Share * window) - rounding) return null;
        int first = isSuccess.Length; // t*, counted from 1
        if (options.To == ProgressOptions.Success)
        {
            // a lapse that the window allows does not begin the way anew
            int last = isSuccess.LastIndexOf(true);
            for (first = last + 1; first > 1 && (isSuccess[first - 2] || first - 1 > isSuccess.Length - window);) first--;
            while (!isSuccess[first - 1]) first++;
        }

        float[] targets = new float[isSuccess.Length];
        for (int t = 1; t <= targets.Length; t++) targets[t - 1] = Math.Min(1, (float)t / first);
        return targets;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        base.Save(into);
        _examples.Save(into.Section("examples"));
        into.Put<long>("episodes", [_succeeded, _failed, .. _truths.Select(truth => (long)truth.Count)]);
        into.Put<float>("pending", [.. _rows.SelectMany(rows => rows)]);
        into.Put<float>("pending-truths", [.. _truths.SelectMany(truth => truth)]);
        into.Put<double>("figures", [_error, _rank]);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        base.Load(from);
        _examples.Load(from.Section("examples"));
        long[] episodes = from.GetAll<long>("episodes");
        if (episodes.Length < 2) throw new SpecMismatchException("remembered episodes", "2 counts at least", $"{episodes.Length}");
        (_succeeded, _failed) = (episodes[0], episodes[1]);
        Begin(episodes.Length - 2);
        float[] truths = new float[episodes[2..].Sum()], rows = new float[checked(truths.Length * InputLength)];
        from.Get<float>("pending", rows);
        from.Get<float>("pending-truths", truths);
        for (int n = 0, at = 0; n < _truths.Length; at += (int)episodes[2 + n++])
        {
            _truths[n].AddRange(truths.AsSpan(at, (int)episodes[2 + n]));
            _rows[n].AddRange(rows.AsSpan(at * InputLength, (int)episodes[2 + n] * InputLength));
        }

        double[] figures = new double[2];
        from.Get<double>("figures", figures);
        (_error, _rank) = (figures[0], figures[1]);
        Sort();
    }

    private protected override void Take(RewardBatch batch, float[] rows, float[] truth, bool isWhole)
    {
        var steps = batch.As<TrajectoryBatch>();
        if (_truths.Length != steps.Count) Begin(steps.Count);
        for (int row = 0; row < truth.Length; row++)
        {
            int n = row % steps.Count;
            _rows[n].AddRange(rows.AsSpan(row * InputLength, InputLength));
            _truths[n].Add(truth[row]);
            if (!steps.EndsEpisode(row) && !(isWhole && row >= steps.Rows - steps.Count)) continue;
            Learn(n);
            _rows[n].Clear();
            _truths[n].Clear();
        }
    }

    private protected override int AskAround(bool batchwise)
    {
        int fresh = (int)_fresh;
        _fresh = 0;
        if (fresh > 0) Sort();
        return fresh;
    }

    private protected override double Step(ref Rng rng)
    {
        var rows = new Tensor[Ensemble.Members];
        var targets = new Tensor[Ensemble.Members];
        int[] places = new int[_options.Minibatch];
        for (int member = 0; member < rows.Length; member++)
        {
            for (int i = 0; i < places.Length; i++) places[i] = _trained[rng.Below(_trained.Length)];
            rows[member] = ToTensor(_examples.Gather(places));
            targets[member] = empty(places.Length);
            TensorSpans.Write(targets[member], Array.ConvertAll(places, _examples.Target));
        }

        return Ensemble.Step(rows, targets, _options.LearningRate);
    }

    private protected override void Conclude()
    {
        int[] apart = _examples.Where(_examples.IsHeldOut);
        if (apart.Length < 2) return;
        float[] answers = Answers(_examples.Gather(apart));
        double[] means = new double[apart.Length], truth = Array.ConvertAll(apart, at => (double)_examples.Target(at));
        for (int i = 0; i < answers.Length; i++) means[i % means.Length] += Math.Clamp(answers[i], 0, 1) / Ensemble.Members;
        _error = means.Zip(truth, (mean, target) => Math.Abs(mean - target)).Average();
        _rank = Correlations.Spearman(means, truth);
    }

    private protected override (float Mean, float Deviation) Join(ReadOnlySpan<float> answers)
    {
        double mean = 0, squares = 0;
        foreach (float answer in answers) mean += Math.Clamp((double)answer, 0, 1) / answers.Length;
        foreach (float answer in answers) squares += Math.Pow(Math.Clamp((double)answer, 0, 1) - mean, 2);
        return ((float)mean, (float)Math.Sqrt(squares / answers.Length));
    }

    private protected override IEnumerable<(string Name, double Value)> Measures() =>
    [
        ("demonstrations", _succeeded), ("failures", _failed), ("error", _error), ("rank", _rank), ("loss", Loss),
    ];

    private void Learn(int n)
    {
        Rng rng = Stream("episodes", _succeeded + _failed);
        bool errs = rng.NextDouble() < _options.Error, isHeldOut = rng.NextDouble() < _options.HoldOut && _examples.Count > 0;
        bool[] isSuccess = [.. _truths[n].Select(truth => truth >= _options.Threshold != errs)];
        if (Targets(isSuccess, _options) is not { } targets)
        {
            _failed++;
            return;
        }

        _succeeded++;
        ReadOnlySpan<float> rows = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows[n]);
        for (int step = 0; step < targets.Length; step++)
            _examples.Add(rows.Slice(step * InputLength, InputLength), targets[step], isHeldOut);
        Moments.Update(rows);
        if (!isHeldOut) _fresh += targets.Length;
    }

    private void Begin(int environments) =>
        (_rows, _truths) = ([.. Enumerable.Range(0, environments).Select(_ => new List<float>())],
            [.. Enumerable.Range(0, environments).Select(_ => new List<float>())]);

    private void Sort() => _trained = _examples.Where(at => !_examples.IsHeldOut(at));
}
