using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Rewards.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Options of <see cref="SuccessClassifier"/>.</summary>
public sealed record SuccessClassifierOptions : LearnedOptions
{
    /// <summary>A step is a success where the teacher's number is at least this; a measure says 1 where it holds, else 0.</summary>
    [Range(-1e9, 1e9)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>Steps that the teacher labels in the whole run.</summary>
    [Range(1, 10_000_000)]
    public int Budget { get; init; } = 10_000;

    /// <summary>Steps of a batch that the teacher labels, drawn evenly.</summary>
    [Range(1, 1_000_000)]
    public int Queries { get; init; } = 64;

    /// <summary>Whether half of every minibatch are successes, however rare they are; the probability is put right afterwards.</summary>
    public bool Balance { get; init; } = true;
}

/// <summary>Success classifier: the probability that a step is a success, as an ensemble learns it from labeled steps.</summary>
/// <remarks>
/// <para>Logistic loss on the members' numbers. Minibatches are balanced between the classes, which moves the probabilities; a line over
/// the mean of the members' numbers, fitted by <see cref="PlattScaling"/> to steps that are kept apart, brings them back to the shares of
/// the labels. Where too few are kept apart it is the exact correction for balanced classes, log(n+ / n-).</para>
/// <para>As long as one class was never seen nothing is learned and every step scores 1/2. Errors of the teacher are not modeled: with a
/// share e of them the probability is e + (1 - 2 e) p, whose order is that of p.</para>
/// </remarks>
[NoPaper("logistic regression by a network with Platt's calibration, textbook methods")]
public sealed class SuccessClassifier : EnsembleReward
{
    private const int LeastCalibrated = 20;

    private readonly SuccessClassifierOptions _options;
    private readonly ExampleRows _examples;
    private readonly List<(float[] Row, float Truth)> _seen = [];
    private double[] _scaling = [1, 0]; // of the mean number: slope and intercept
    private int[] _positives = [], _negatives = [];
    private double _auroc = double.NaN, _brier = double.NaN;

    /// <summary>Makes it.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="run">What the run lends.</param>
    /// <exception cref="EmbodiedException">Something that the options name is not there or does not fit.</exception>
    public SuccessClassifier(SuccessClassifierOptions options, RewardContext run)
        : base(new LearnedParts("success-classifier", options, run, StepTeacher.Measure, isGraded: false, (0, 1)), options)
    {
        (_options, _examples) = (options, new ExampleRows(options.Budget, InputLength));
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

    private protected override float Unknown => 0.5f;

    private protected override bool WantsMore => _examples.Count < _options.Budget;

    private protected override double[] Scaling { get => _scaling; set => _scaling = value; }

    private protected override long Examples => _examples.Count;

    private protected override bool CanTrain => _positives.Length > 0 && _negatives.Length > 0;

    private protected override string Lacking => "a step that is a success and one that is none";

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        base.Save(into);
        _examples.Save(into.Section("examples"));
        into.Put<double>("figures", [_auroc, _brier]);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        base.Load(from);
        _examples.Load(from.Section("examples"));
        double[] figures = new double[2];
        from.Get<double>("figures", figures);
        (_auroc, _brier) = (figures[0], figures[1]);
        Sort();
    }

    private protected override void Take(RewardBatch batch, float[] rows, float[] truth, bool isWhole)
    {
        for (int row = 0; row < truth.Length; row++) _seen.Add((rows[(row * InputLength)..((row + 1) * InputLength)], truth[row]));
    }

    private protected override int AskAround(bool batchwise)
    {
        int wanted = Math.Min(batchwise ? _options.Queries : int.MaxValue, Math.Min(_seen.Count, _options.Budget - _examples.Count));
        Rng rng = Stream("queries", Batches);
        int[] order = [.. Enumerable.Range(0, _seen.Count)];
        rng.Shuffle(order);
        foreach (int at in order[..wanted])
        {
            (float[] row, float truth) = _seen[at];
            bool errs = rng.NextDouble() < _options.Error, isHeldOut = rng.NextDouble() < _options.HoldOut;
            _examples.Add(row, truth >= _options.Threshold != errs ? 1 : 0, isHeldOut);
            Moments.Update<float>(row);
        }

        _seen.Clear();
        Sort();
        return wanted;
    }

    private protected override double Step(ref Rng rng)
    {
        int count = _options.Balance ? 2 * Math.Max(1, _options.Minibatch / 2) : _options.Minibatch;
        var rows = new Tensor[Ensemble.Members];
        var labels = new Tensor[Ensemble.Members];
        int[] places = new int[count];
        float[] said = new float[count];
        for (int member = 0; member < rows.Length; member++)
        {
            for (int i = 0; i < count; i++)
            {
                int all = _positives.Length + _negatives.Length, at = _options.Balance ? 0 : rng.Below(all);
                bool isPositive = _options.Balance ? i % 2 == 0 : at < _positives.Length;
                int[] of = isPositive ? _positives : _negatives;
                (places[i], said[i]) = (of[rng.Below(of.Length)], isPositive ? 1 : 0);
            }

            rows[member] = ToTensor(_examples.Gather(places));
            labels[member] = empty(count);
            TensorSpans.Write(labels[member], said);
        }

        return Ensemble.Step((member, run) => BradleyTerryLoss.PerPair(run(rows[member]), labels[member]).mean(), _options.LearningRate);
    }

    private protected override void Conclude()
    {
        int[] apart = _examples.Where(_examples.IsHeldOut);
        bool[] truth = Array.ConvertAll(apart, at => _examples.Target(at) > 0.5f);
        bool isCalibrated = apart.Length >= LeastCalibrated && truth.Contains(true) && truth.Contains(false);
        double[] means = apart.Length > 0 ? Means(_examples.Gather(apart)) : [];
        if (isCalibrated)
        {
            (double slope, double intercept) = PlattScaling.Fit(means, truth).OfScore;
            _scaling = [slope, intercept];
        }
        else _scaling = [1, _options.Balance ? Math.Log((double)_positives.Length / _negatives.Length) : 0];

        _auroc = isCalibrated ? Classification.Auroc(means, truth) : double.NaN;
        _brier = isCalibrated
            ? Classification.Brier(Array.ConvertAll(means, mean => ScoreMath.Sigmoid((_scaling[0] * mean) + _scaling[1])), truth)
            : double.NaN;
    }

    private protected override (float Mean, float Deviation) Join(ReadOnlySpan<float> answers)
    {
        double number = 0, mean = 0, squares = 0;
        foreach (float answer in answers)
        {
            number += (double)answer / answers.Length;
            mean += Probability(answer) / answers.Length;
        }

        foreach (float answer in answers) squares += Math.Pow(Probability(answer) - mean, 2);
        return ((float)Probability(number), (float)Math.Sqrt(squares / answers.Length));
    }

    private protected override IEnumerable<(string Name, double Value)> Measures() =>
    [
        ("labels", _examples.Count), ("successes", _positives.Length), ("failures", _negatives.Length), ("auroc", _auroc),
        ("brier", _brier), ("loss", Loss),
    ];

    private double Probability(double number) => ScoreMath.Sigmoid((_scaling[0] * number) + _scaling[1]);

    private double[] Means(float[] rows)
    {
        float[] answers = Answers(rows);
        double[] means = new double[answers.Length / Ensemble.Members];
        for (int i = 0; i < answers.Length; i++) means[i % means.Length] += (double)answers[i] / Ensemble.Members;
        return means;
    }

    private void Sort()
    {
        _positives = _examples.Where(at => !_examples.IsHeldOut(at) && _examples.Target(at) > 0.5f);
        _negatives = _examples.Where(at => !_examples.IsHeldOut(at) && _examples.Target(at) <= 0.5f);
    }
}
