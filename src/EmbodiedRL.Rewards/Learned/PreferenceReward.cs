using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Options of <see cref="PreferenceReward"/>. Defaults are the paper's where it has one.</summary>
public sealed record PreferenceOptions : LearnedOptions
{
    /// <summary>Pairs that are drawn evenly.</summary>
    public const string Uniform = "uniform";

    /// <summary>Pairs that the members disagree about most.</summary>
    public const string Disagreement = "disagreement";

    /// <summary>Ending of the copy of the labels that a run keeps.</summary>
    public const string LabelsEnding = ".labels.jsonl";

    /// <summary>
    /// A file of <c>rewards label</c>, the answers of a person, relative to the settings file; the ensemble is trained on it before the
    /// run. Empty for none.
    /// </summary>
    [InputFile(LabelsEnding), Length(0, LengthAttribute.Path)]
    public string Labels { get; init; } = "";

    /// <summary>Steps of a segment, L; a file of labels says its own.</summary>
    [Range(1, 10_000)]
    public int Segment { get; init; } = 25;

    /// <summary>Segments that pairs are drawn from; the oldest make room.</summary>
    [Range(2, 1_000_000)]
    public int Memory { get; init; } = 1024;

    /// <summary>Labels that the teacher gives in the whole run.</summary>
    [Range(0, 10_000_000)]
    public int Budget { get; init; } = 1400;

    /// <summary>Labels that the teacher gives after a batch.</summary>
    [Range(1, 1_000_000)]
    public int Queries { get; init; } = 32;

    /// <summary>Batches from one round of labels to the next.</summary>
    [Range(1, 1_000_000)]
    public int Interval { get; init; } = 1;

    /// <summary>
    /// Which pairs are asked about: <c>uniform</c>, or those of <c>disagreement</c> (the paper's choice) out of several times as many.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Choose { get; init; } = Disagreement;

    /// <summary>Pairs drawn for each that is asked about, where disagreement chooses.</summary>
    [Range(1, 1000)]
    public int Candidates { get; init; } = 10;

    /// <summary>Difference of what the teacher thinks of two whole segments up to which it calls them equal.</summary>
    [Range(0, 1e9)]
    public double Tie { get; init; }

    /// <summary>Factor of what the teacher thinks of a step for every step after it: below 1 it remembers the end best.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Myopia { get; init; } = 1;

    /// <summary>Share of labels that are taken to be given at random, whatever their truth.</summary>
    [Range(0, 1, IsBelowMost = true)]
    public double Noise { get; init; } = 0.1;

    /// <summary>By how much the better segment's sum should be ahead.</summary>
    [Range(0, 1e6)]
    public double Margin { get; init; }

    /// <summary>Whether the networks' numbers go through a hyperbolic tangent, so that a step is worth 1 at most (as in PEBBLE).</summary>
    public bool Bounded { get; init; }

    /// <summary>
    /// Whether every network's numbers are brought to mean 0 and deviation 1 over the labeled steps before they are averaged.
    /// </summary>
    public bool Normalize { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (Choose is not (Uniform or Disagreement)) yield return $"choose: expected {Uniform} or {Disagreement}, found '{Choose}'.";
        if (Labels.Length == 0) yield break;
        if (Input == Features) yield return "labels: expected none with the input features, since they hold states, found a file.";
        if (File.Length > 0) yield return "labels: expected none beside a file, which has learned already, found both.";
    }
}

/// <summary>Preference reward: an ensemble that learns from which of two segments is better.</summary>
/// <remarks>
/// <para>Implements sections 2.2.2 to 2.2.4: P(first better) = sigmoid(sum r(first) - sum r(second)) over the L steps of both (eq. 1),
/// cross-entropy with the label (1/2 for a tie; a share <see cref="PreferenceOptions.Noise"/> taken for random), an ensemble whose members
/// learn from bootstrapped labels, each normalized before they are averaged, and pairs chosen by the spread of what the members predict.
/// The loss is <see cref="BradleyTerryLoss"/>, the synthetic teacher <see cref="PairLabels"/>.</para>
/// <para>Differs from the paper: an online bootstrap (Poisson counts) in place of drawing the whole set anew; the labels kept apart are
/// the same for all members; weight decay is an option of its own, not adapted; a margin, bounded rewards and rounds of so many labels
/// (PEBBLE, Lee et al. 2021, arXiv 2106.05091) are options.</para>
/// <para>Preferences leave an offset of all rewards open, so scores mean something only against each other; where the length of episodes
/// is up to the agent, look at the sign.</para>
/// </remarks>
[Paper("1706.03741", "Deep Reinforcement Learning from Human Preferences", Year = 2017)]
public sealed class PreferenceReward : EnsembleReward
{
    private const int PatienceInEpisodes = 64;
    private const int NormalizedPairs = 512;  // newest ones that normalization is over

    private readonly PreferenceOptions _options;
    private readonly SegmentBuffer _segments;
    private readonly PreferencePairs _pairs;
    private readonly int _length;
    private readonly bool _isBounded;
    private int _filed;         // labels that came by file
    private double[] _scaling;  // mean and deviation of every member
    private double _accuracy = double.NaN, _trainedAccuracy = double.NaN;

    /// <summary>Makes it, and trains it if the options name a file of labels.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="run">What the run lends.</param>
    /// <exception cref="EmbodiedException">Something that the options name is not there or does not fit.</exception>
    public PreferenceReward(PreferenceOptions options, RewardContext run)
        : base(new LearnedParts("preference", options, run, StepTeacher.Task, isGraded: true,
            (float.NegativeInfinity, float.PositiveInfinity), isTaught: options.Labels.Length > 0), options)
    {
        try
        {
            _options = options;
            (_length, _isBounded) = (options.Segment, RecordedBound ?? options.Bounded);
            _scaling = new double[2 * Ensemble.Members];
            _scaling.AsSpan(Ensemble.Members).Fill(1);
            PreferenceAnswer[] answers = options.Labels.Length > 0 ? Answered(options, run, out _length) : [];
            _segments = new SegmentBuffer(options.Memory, _length, InputLength);
            _pairs = new PreferencePairs(Ensemble.Members, _length * InputLength);
            LoadFile();
            if (answers.Length > 0) Learn(answers);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Labels it has learned from or keeps apart.</summary>
    public int Labels => _pairs.Count;

    private protected override float Unknown => 0;

    private protected override bool IsBounded => _isBounded;

    private protected override bool WantsMore => _pairs.Count < Budget;

    private protected override double[] Scaling { get => _scaling; set => _scaling = value; }

    private protected override long Examples => _pairs.Count;

    private protected override bool CanTrain => _pairs.Trained > 0;

    private protected override string Lacking =>
        $"two segments of {_length} steps at least, within episodes, for a pair that has a label (budget {_options.Budget})";

    private int Budget => _options.Budget + _filed;

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        base.Save(into);
        _segments.Save(into.Section("segments"));
        _pairs.Save(into.Section("pairs"));
        into.Put<double>("accuracies", [_accuracy, _trainedAccuracy]);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        base.Load(from);
        _segments.Load(from.Section("segments"));
        _pairs.Load(from.Section("pairs"), RngOfPair);
        double[] accuracies = new double[2];
        from.Get<double>("accuracies", accuracies);
        (_accuracy, _trainedAccuracy) = (accuracies[0], accuracies[1]);
    }

    private protected override void Take(RewardBatch batch, float[] rows, float[] truth, bool isWhole)
    {
        _segments.Take(batch.As<TrajectoryBatch>(), rows, truth, isWhole);
        if (_segments.Count == 0 && _segments.Ended >= PatienceInEpisodes)
            throw new SettingsException($"reward '{Spec.Name}'",
                [$"segment: expected at most the length of an episode, found {_length}: {_segments.Ended} episodes have ended, the longest "
                    + $"after {_segments.Longest} steps, and none held a segment."]);
    }

    private protected override int AskAround(bool batchwise)
    {
        if ((batchwise && Batches % _options.Interval != 0) || _segments.Count < 2) return 0;
        int wanted = Math.Min(batchwise ? _options.Queries : int.MaxValue, Budget - _pairs.Count);
        var rng = Stream("queries", Batches);
        bool byDisagreement = IsTrained && _options.Choose == PreferenceOptions.Disagreement;
        (int First, int Second)[] drawn = Draw(byDisagreement ? (long)wanted * _options.Candidates : wanted, ref rng);
        if (byDisagreement) drawn = MostDisputed(drawn, wanted);
        var teacher = new PairLabels(_options.Tie, _options.Myopia, _options.Error);
        foreach ((int first, int second) in drawn)
        {
            float label = teacher.Of(_segments.Truth(first), _segments.Truth(second), ref rng);
            Add(_segments.Rows(first), _segments.Rows(second), label);
        }

        return drawn.Length;
    }

    private protected override double Step(ref Rng rng)
    {
        var rows = new Tensor[Ensemble.Members];
        var labels = new Tensor[Ensemble.Members];
        var margins = new Tensor?[Ensemble.Members];
        int count = Math.Min(_options.Minibatch, _pairs.Trained);
        float[] better = new float[count * _length * InputLength], worse = new float[better.Length], said = new float[count],
            ahead = new float[count];
        for (int member = 0; member < rows.Length; member++)
        {
            for (int i = 0; i < count; i++)
            {
                PreferencePair pair = _pairs.Draw(member, ref rng);
                bool isFirst = pair.Label >= 0.5f;
                (isFirst ? pair.First : pair.Second).CopyTo(better, i * _length * InputLength);
                (isFirst ? pair.Second : pair.First).CopyTo(worse, i * _length * InputLength);
                said[i] = (float)PairLabels.Trusted(isFirst ? pair.Label : 1 - pair.Label, _options.Noise);
                ahead[i] = pair.Label == 0.5f ? 0 : (float)_options.Margin;
            }

            rows[member] = ToTensor([.. better, .. worse]);
            labels[member] = Filled(said);
            margins[member] = _options.Margin > 0 ? Filled(ahead) : null;
        }

        return Ensemble.Step((member, run) =>
        {
            Tensor rewards = run(rows[member]);
            if (_isBounded) rewards = rewards.tanh();
            Tensor sums = rewards.view(2, count, _length).sum(2); // of the better and the worse segments
            return BradleyTerryLoss.Compute(sums[0], sums[1], margins[member], labels[member]);
        }, _options.LearningRate);
    }

    private protected override void Conclude()
    {
        if (_options.Normalize) Normalize();
        (_accuracy, _trainedAccuracy) = (Accuracy(isHeldOut: true), Accuracy(isHeldOut: false));
    }

    private protected override (float Mean, float Deviation) Join(ReadOnlySpan<float> answers)
    {
        double mean = 0, squares = 0;
        for (int member = 0; member < answers.Length; member++) mean += Scaled(answers[member], member) / answers.Length;
        for (int member = 0; member < answers.Length; member++) squares += Math.Pow(Scaled(answers[member], member) - mean, 2);
        return ((float)mean, (float)Math.Sqrt(squares / answers.Length));
    }

    private protected override IEnumerable<(string Name, double Value)> Measures() =>
    [
        ("labels", _pairs.Count), ("labels-left", Math.Max(0, Budget - _pairs.Count)), ("accuracy", _accuracy),
        ("accuracy-trained", _trainedAccuracy), ("loss", Loss),
    ];

    private static Tensor Filled(ReadOnlySpan<float> values)
    {
        Tensor tensor = empty(values.Length);
        TensorSpans.Write(tensor, values);
        return tensor;
    }

    private static PreferenceAnswer[] Answered(PreferenceOptions options, RewardContext run, out int length)
    {
        string path = Path.Combine(run.Folder, options.Labels);
        (PreferenceHeader header, IReadOnlyList<PreferenceAnswer> answers) = PreferenceFile.Read(path);
        string[] names = [.. new LearnedInput.OfState(run.RequiredInfo.State).Names];
        if (!header.Names.SequenceEqual(names))
            throw new SpecMismatchException($"preferences in {path}",
                $"segments of the {names.Length} numbers of '{run.RequiredInfo.Name}' ({string.Join(", ", names.Take(6))})",
                $"{header.Names.Count} numbers of '{header.Environment}' ({string.Join(", ", header.Names.Take(6))})");
        length = header.Segment;
        PreferenceAnswer[] said = [.. answers.Where(answer => answer.Label() is not null)];
        return said.Length > 0 ? said
            : throw new SpecMismatchException($"preferences in {path}", "one answer at least that prefers a segment or calls both equal",
                $"{answers.Count} answers, all of them skipped");
    }

    private void Learn(PreferenceAnswer[] answers)
    {
        foreach (PreferenceAnswer answer in answers)
            Add([.. answer.Left.SelectMany(state => state)], [.. answer.Right.SelectMany(state => state)], answer.Label()!.Value);
        _filed = answers.Length;
        TrainOnAll();
    }

    private void Add(float[] first, float[] second, float label)
    {
        Rng rng = RngOfPair(_pairs.Count);
        // one pair at least is trained on, or nothing ever is
        bool isHeldOut = rng.NextDouble() < _options.HoldOut && _pairs.Trained > 0;
        _pairs.Add(new PreferencePair(first, second, label, isHeldOut), RngOfPair);
        Moments.Update<float>(first);
        Moments.Update<float>(second);
    }

    private Rng RngOfPair(long pair) => Stream("pairs", pair);

    private (int First, int Second)[] Draw(long wanted, ref Rng rng)
    {
        long there = (long)_segments.Count * (_segments.Count - 1) / 2;
        wanted = Math.Min(wanted, there);
        var seen = new HashSet<(int, int)>();
        var drawn = new List<(int First, int Second)>();
        // random order within a pair; where few pairs are left, drawing on would never end
        for (long tries = 0; drawn.Count < wanted && tries < 20 * wanted; tries++)
        {
            int first = rng.Below(_segments.Count), second = rng.Below(_segments.Count - 1);
            if (second >= first) second++;
            if (seen.Add((Math.Min(first, second), Math.Max(first, second)))) drawn.Add((first, second));
        }

        return [.. drawn];
    }

    /// <summary>Those whose predicted preferences vary most over the members.</summary>
    private (int First, int Second)[] MostDisputed((int First, int Second)[] pairs, int wanted)
    {
        Dictionary<int, double[]> sums = [];
        foreach (int segment in pairs.SelectMany(pair => new[] { pair.First, pair.Second }).Distinct())
            sums[segment] = Sums(_segments.Rows(segment));
        return [.. pairs.OrderByDescending(pair => Dispute(sums[pair.First], sums[pair.Second])).Take(wanted)]; // stable
    }

    private static double Dispute(double[] first, double[] second)
    {
        double mean = 0, squares = 0;
        for (int member = 0; member < first.Length; member++) mean += ScoreMath.Sigmoid(first[member] - second[member]) / first.Length;
        for (int member = 0; member < first.Length; member++)
            squares += Math.Pow(ScoreMath.Sigmoid(first[member] - second[member]) - mean, 2);
        return squares;
    }

    /// <summary>Every member's own sum over a segment, as the loss compares them.</summary>
    private double[] Sums(float[] segment)
    {
        float[] answers = Answers(segment);
        double[] sums = new double[Ensemble.Members];
        for (int member = 0; member < sums.Length; member++)
            for (int step = 0; step < _length; step++) sums[member] += Said(answers[(member * _length) + step]);
        return sums;
    }

    private double Said(float answer) => _isBounded ? Math.Tanh(answer) : answer;

    private double Scaled(float answer, int member) => (Said(answer) - _scaling[member]) / _scaling[Ensemble.Members + member];

    private void Normalize()
    {
        PreferencePair[] pairs = [.. _pairs.Newest(NormalizedPairs)];
        float[] answers = Answers([.. pairs.SelectMany(pair => pair.First.Concat(pair.Second))]);
        int count = answers.Length / Ensemble.Members;
        for (int member = 0; member < Ensemble.Members; member++)
        {
            double mean = 0, squares = 0;
            foreach (float answer in answers.AsSpan(member * count, count)) mean += Said(answer) / count;
            foreach (float answer in answers.AsSpan(member * count, count)) squares += Math.Pow(Said(answer) - mean, 2);
            (_scaling[member], _scaling[Ensemble.Members + member]) = (mean, Math.Max(Math.Sqrt(squares / count), 1e-6));
        }
    }

    /// <summary>Share of labels that are no ties which the ensemble's sums agree with; NaN without any.</summary>
    private double Accuracy(bool isHeldOut)
    {
        int right = 0, all = 0;
        foreach (PreferencePair pair in _pairs.Newest(NormalizedPairs))
        {
            if (pair.IsHeldOut != isHeldOut || pair.Label == 0.5f) continue;
            all++;
            if (Sums(pair.First).Sum() > Sums(pair.Second).Sum() == pair.Label > 0.5f) right++;
        }

        return all == 0 ? double.NaN : (double)right / all;
    }
}
