using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Base of rewards that an ensemble learns: reads rows, scores them by the members' mean, and knows where they disagree.</summary>
/// <remarks>
/// Examples come from a teacher during the run, or are there when it is made. Numbers of the input are standardized by their mean and
/// deviation over the examples. Before the first step of training every row scores <see cref="Unknown"/>, and the metric
/// <c>reward/NAME/trained</c> is 0. Owns the ensemble and the teacher; an image-text model is lent. Not thread-safe.
/// </remarks>
public abstract class EnsembleReward : Reward, ITrajectoryReward, ILearnedReward
{
    private const int RowsAtOnce = 65_536;
    private const float Most = 10; // deviations of a standardized input

    private static readonly int[] Hidden = [128, 128];

    private readonly LearnedParts _parts;
    private RewardBatch? _readBatch;
    private float[]? _readRows;

    private protected EnsembleReward(LearnedParts parts, LearnedOptions options) : base(parts.Spec)
    {
        (_parts, Common, Moments) = (parts, options, new RunningMoments(parts.Input.Length));
        try
        {
            TorchRuntime.UseThreads();
            var rng = Rng.For(options.Seed, $"{parts.Kind}/{Spec.Name}/weights");
            Ensemble = RegressionEnsemble.OfNumbers(parts.Record?.Members ?? options.Members, parts.Input.Length, Hidden, ref rng,
                adam: new AdamSettings { WeightDecay = options.WeightDecay });
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <summary>Whether it has been trained, here or before.</summary>
    public bool IsTrained { get; private set; }

    /// <inheritdoc/>
    public override bool IsCheckable => IsTrained;

    /// <summary>Counts and figures of its training by name, e.g. <c>labels</c>; those that are not known are left out.</summary>
    public IReadOnlyDictionary<string, double> Figures =>
        Measures().Where(figure => double.IsFinite(figure.Value)).ToDictionary(figure => figure.Name, figure => figure.Value);

    /// <summary>Score of every row as long as nothing was learned.</summary>
    private protected abstract float Unknown { get; }

    /// <summary>Options that all kinds share.</summary>
    private protected LearnedOptions Common { get; }

    /// <summary>The networks.</summary>
    private protected RegressionEnsemble Ensemble { get; }

    /// <summary>Of the input's numbers, over the examples.</summary>
    private protected RunningMoments Moments { get; }

    /// <summary>D.</summary>
    private protected int InputLength => _parts.Input.Length;

    /// <summary>Batches that were learned from.</summary>
    private protected long Batches { get; private set; }

    /// <summary>Steps of training so far, which number the draws of minibatches.</summary>
    private protected long Sessions { get; private set; }

    /// <summary>Whether more examples are wanted; a teacher is not asked in vain.</summary>
    private protected abstract bool WantsMore { get; }

    /// <summary>What the kind remembers about the members' numbers, e.g. a calibration.</summary>
    private protected abstract double[] Scaling { get; set; }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">The input of a row is not finite.</exception>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        Check(batch, scores);
        float[] rows = _parts.Input.Read(batch, Spec.Name, context.Cancel), deviations = new float[batch.Rows];
        Predict(rows, scores.Span, deviations);
        if (Common.Pessimism > 0)
            for (int row = 0; row < deviations.Length; row++)
                scores.Span[row] = Math.Clamp(scores.Span[row] - (float)(Common.Pessimism * deviations[row]), Spec.Minimum, Spec.Maximum);
        if (context.Frozen) return ValueTask.CompletedTask;
        // features are dear, and what was scored is what is learned from next
        if (_parts.Teacher is not null && Spec.Frames is not null) (_readBatch, _readRows) = (batch, rows);
        context.Metrics.Write($"reward/{Spec.Name}/trained", IsTrained ? 1 : 0);
        if (!IsTrained) return ValueTask.CompletedTask;
        double sum = 0;
        foreach (float deviation in deviations) sum += deviation;
        context.Metrics.Write($"reward/{Spec.Name}/disagreement", sum / deviations.Length);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the members say on average, and how much they disagree.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="means">[rows], overwritten; without the pessimism of the options.</param>
    /// <param name="deviations">[rows], overwritten with the population deviation over the members.</param>
    /// <param name="cancel">Stops between two calls of a model.</param>
    public void Judge(RewardBatch batch, Span<float> means, Span<float> deviations, CancellationToken cancel = default)
    {
        TorchRuntime.UseThreads();
        SpecMismatchException.ThrowIfLength(Spec.Name, means.Length, batch.Rows);
        SpecMismatchException.ThrowIfLength($"disagreement of {Spec.Name}", deviations.Length, batch.Rows);
        Predict(_parts.Input.Read(batch, Spec.Name, cancel), means, deviations);
    }

    /// <inheritdoc/>
    public async ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        if (context.Frozen || _parts.Teacher is null) return;
        Batches++;
        if (!WantsMore) return;
        await ObserveAsync(batch, context, isWhole: false);
        if (AskAround(batchwise: true) > 0) Train(Common.Steps, context.Cancel);
        foreach ((string name, double value) in Measures())
            if (double.IsFinite(value)) context.Metrics.Write($"reward/{Spec.Name}/{name}", value);
    }

    /// <summary>Takes a recorded episode in, as the teacher judges it, without training yet; see <see cref="TrainOnAll"/>.</summary>
    /// <param name="episode">One episode of one environment, [T, 1].</param>
    /// <param name="cancel">Stops before the next call of a model.</param>
    /// <exception cref="SettingsException">It has no teacher.</exception>
    public ValueTask ObserveAsync(TrajectoryBatch episode, CancellationToken cancel = default) =>
        ObserveAsync(episode, ScoreContext.Preview(cancel), isWhole: true);

    /// <summary>Trains on all that was taken in, as many passes as the options say.</summary>
    /// <param name="cancel">Stops between two steps.</param>
    /// <exception cref="SettingsException">There is nothing to learn from; says what is missing.</exception>
    public void TrainOnAll(CancellationToken cancel = default)
    {
        TorchRuntime.UseThreads();
        Batches++;
        AskAround(batchwise: false);
        if (!CanTrain)
            throw new SettingsException($"reward '{Spec.Name}'", [$"expected {Lacking}, found {Examples} examples without it."]);
        Train((int)Math.Min(int.MaxValue, 1 + (Examples * (long)Common.Passes / Common.Minibatch)), cancel);
    }

    /// <summary>Writes it into a folder, which must exist, so that the option <c>file</c> can name it.</summary>
    /// <param name="folder">Gets two files; see <see cref="LearnedRecord"/>.</param>
    /// <param name="data">SHA-256 of what it was trained on, by path.</param>
    /// <param name="versions">Of what trained it.</param>
    /// <param name="said">Its options by key, for the record.</param>
    /// <returns>What it says of itself.</returns>
    public LearnedRecord Write(string folder, IReadOnlyDictionary<string, string> data,
        IReadOnlyDictionary<string, string> versions, IReadOnlyDictionary<string, JsonElement> said)
    {
        var record = new LearnedRecord
        {
            Kind = _parts.Kind,
            Environment = _parts.Environment,
            Input = Common.Input,
            Names = _parts.Input.Names,
            Length = InputLength,
            Members = Ensemble.Members,
            IsBounded = IsBounded,
            Teacher = _parts.TeacherName,
            Figures = Figures,
            Data = data,
            Versions = versions,
            Options = said,
        };
        var snapshot = new Snapshot();
        Ensemble.Save(snapshot);
        record.Write(folder,
        [
            .. snapshot.Weights.Select(weight =>
                StoredTensor.Of<float>(weight.Key, weight.Value, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(
                    snapshot.Entries[weight.Key]))),
            StoredTensor.Of("input.mean", [InputLength], Moments.Mean),
            StoredTensor.Of("input.variance", [InputLength], Moments.Variance),
            StoredTensor.Of<double>("input.count", [1], [Moments.Count]),
            StoredTensor.Of<double>("scaling", [Scaling.Length], Scaling),
        ]);
        return record;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        Ensemble.Save(into.Section("ensemble"));
        Moments.Save(into.Section("input"));
        into.Put<long>("counts", [Batches, Sessions, IsTrained ? 1 : 0]);
        into.Put<double>("scaling", Scaling);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        Ensemble.Load(from.Section("ensemble"));
        Moments.Load(from.Section("input"));
        long[] counts = new long[3];
        from.Get<long>("counts", counts);
        (Batches, Sessions, IsTrained) = (counts[0], counts[1], counts[2] != 0);
        double[] scaling = new double[Scaling.Length];
        from.Get<double>("scaling", scaling);
        Scaling = scaling;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Ensemble.Dispose();
            _parts.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Whether the trained reward that the options name is bounded; null if they name none.</summary>
    private protected bool? RecordedBound => _parts.Record?.IsBounded;

    /// <summary>Whether the members' numbers go through a hyperbolic tangent.</summary>
    private protected virtual bool IsBounded => false;

    /// <summary>Examples there are.</summary>
    private protected abstract long Examples { get; }

    /// <summary>Whether the examples suffice for a step.</summary>
    private protected abstract bool CanTrain { get; }

    /// <summary>What is missing where they do not.</summary>
    private protected abstract string Lacking { get; }

    /// <summary>Takes in a batch.</summary>
    /// <param name="batch">Its kinds and episodes.</param>
    /// <param name="rows">[rows, D], as read; not to be changed.</param>
    /// <param name="truth">[rows], as the teacher judges.</param>
    /// <param name="isWhole">Whether its last step ends the episode, whatever its kind says.</param>
    private protected abstract void Take(RewardBatch batch, float[] rows, float[] truth, bool isWhole);

    /// <summary>Makes examples of what was taken in.</summary>
    /// <param name="batchwise">As many as the options say for a batch; else as many as there may be.</param>
    /// <returns>How many are new.</returns>
    private protected abstract int AskAround(bool batchwise);

    /// <summary>One step of all members on minibatches of their own.</summary>
    /// <returns>Mean loss over the members.</returns>
    private protected abstract double Step(ref Rng rng);

    /// <summary>After training: figures, normalization, calibration.</summary>
    private protected abstract void Conclude();

    /// <summary>A row's score and disagreement, of what the members say.</summary>
    private protected abstract (float Mean, float Deviation) Join(ReadOnlySpan<float> answers);

    /// <summary>Figures by name; NaN where not known.</summary>
    private protected abstract IEnumerable<(string Name, double Value)> Measures();

    /// <summary>Mean loss of the last training; NaN before.</summary>
    private protected double Loss { get; private set; } = double.NaN;

    /// <summary>Trains, if the examples suffice.</summary>
    private protected void Train(int steps, CancellationToken cancel)
    {
        if (!CanTrain) return;
        TorchRuntime.UseThreads();
        var rng = Rng.For(Common.Seed, $"{_parts.Kind}/{Spec.Name}/minibatches", Sessions);
        double loss = 0;
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            loss += Step(ref rng);
        }

        (Loss, IsTrained, Sessions) = (loss / steps, true, Sessions + 1);
        Conclude();
    }

    /// <summary>Takes the weights of the file that the options name, if they name one.</summary>
    private protected void LoadFile()
    {
        if (_parts.Weights is not { } weights) return;
        var snapshot = new Snapshot();
        Ensemble.Save(snapshot);
        foreach ((string name, long[] shape) in snapshot.Weights.ToArray())
            snapshot.PutWeights(name, shape, Tensor(weights, name, shape).Floats());
        Ensemble.Load(snapshot);
        var moments = new Snapshot();
        moments.Put("count", Doubles(weights, "input.count", 1)[0]);
        moments.Put<double>("mean", Doubles(weights, "input.mean", InputLength));
        moments.Put<double>("variance", Doubles(weights, "input.variance", InputLength));
        Moments.Load(moments);
        Scaling = Doubles(weights, "scaling", Scaling.Length);
        IsTrained = true;
    }

    /// <summary>Rows as the networks read them.</summary>
    /// <param name="rows">[B, D], as read.</param>
    /// <returns>[B, D], fresh; the caller's scope owns it.</returns>
    private protected Tensor ToTensor(ReadOnlySpan<float> rows)
    {
        float[] standard = new float[rows.Length];
        Moments.Standardize(rows, standard, Most);
        Tensor tensor = empty([rows.Length / InputLength, InputLength]);
        TensorSpans.Write(tensor, standard);
        return tensor;
    }

    /// <summary>What every member says of rows, untransformed.</summary>
    /// <param name="rows">[B, D], as read.</param>
    /// <returns>[members, B].</returns>
    private protected float[] Answers(ReadOnlySpan<float> rows)
    {
        float[] answers = new float[Ensemble.Members * (rows.Length / InputLength)];
        using DisposeScope scope = NewDisposeScope();
        Ensemble.PredictEach(ToTensor(rows), answers);
        return answers;
    }

    /// <summary>A random stream of this reward.</summary>
    private protected Rng Stream(string purpose, long index) => Rng.For(Common.Seed, $"{_parts.Kind}/{Spec.Name}/{purpose}", index);

    private async ValueTask ObserveAsync(RewardBatch batch, ScoreContext context, bool isWhole)
    {
        StepTeacher teacher = _parts.Teacher
            ?? throw new SettingsException($"reward '{Spec.Name}'",
                ["teacher: expected somebody who judges what is recorded, found nobody."]);
        batch.Require(Spec.Name, Spec.Reads);
        float[] rows = ReferenceEquals(_readBatch, batch) && !context.Frozen ? _readRows!
            : _parts.Input.Read(batch, Spec.Name, context.Cancel);
        (_readBatch, _readRows) = (null, null);
        float[] truth = await teacher.JudgeAsync(batch, context);
        TorchRuntime.UseThreads();
        Take(batch, rows, truth, isWhole);
    }

    private void Predict(ReadOnlySpan<float> rows, Span<float> means, Span<float> deviations)
    {
        if (!IsTrained)
        {
            means.Fill(Unknown);
            deviations.Clear();
            return;
        }

        Span<float> said = stackalloc float[Ensemble.Members];
        for (int first = 0, count; first < means.Length; first += count)
        {
            count = Math.Min(RowsAtOnce, means.Length - first);
            float[] answers = Answers(rows.Slice(first * InputLength, count * InputLength));
            for (int row = 0; row < count; row++)
            {
                for (int member = 0; member < said.Length; member++) said[member] = answers[(member * count) + row];
                (means[first + row], deviations[first + row]) = Join(said);
            }
        }
    }

    private StoredTensor Tensor(Safetensors weights, string name, ReadOnlySpan<long> shape)
    {
        string expected = $"'{name}' of shape [{string.Join(", ", shape.ToArray())}]";
        if (!weights.Tensors.TryGetValue(name, out StoredTensor? tensor))
            throw new CorruptFileException(_parts.File, expected, "none of this name", "Train it again.");
        return tensor.Shape.SequenceEqual(shape.ToArray()) ? tensor
            : throw new CorruptFileException(_parts.File, expected, $"[{string.Join(", ", tensor.Shape)}]", "Train it again.");
    }

    private double[] Doubles(Safetensors weights, string name, int length) => [.. Tensor(weights, name, [length]).Values<double>()];
}
