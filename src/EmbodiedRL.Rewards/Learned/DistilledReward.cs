using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Distilled reward: a student learns the scores of a slow source during a run, and stands in where it is sure.</summary>
/// <remarks>
/// <para>The student is an ensemble. Where its members agree to within a tolerance, their mean is the score; elsewhere, and on a random
/// share of rows, the source is asked. The random rows are an unbiased sample, so they tell what rank correlation with the source was
/// kept, and which tolerance keeps as much as is asked for.</para>
/// <para>Where the source leaves steps out, so does the student: the transforms that fill them serve both.</para>
/// <para>A student that reads the observation reads that of the next row, and so depends on another row of the episode.</para>
/// <para>Owns the source and the student. Not thread-safe.</para>
/// </remarks>
[NoPaper("active learning from a teacher by disagreement, a textbook scheme; the ensemble names its paper")]
public sealed class DistilledReward : Reward, ILearnedReward
{
    private const int Window = 512, LeastAudits = 64, MostAudits = 64;

    private readonly DistillSettings _settings;
    private readonly StudentInput _input;
    private readonly RegressionEnsemble _student;
    private readonly ScoredRows _memory;
    private readonly RunningMoments _scores = new(1);
    private readonly AuditWindow _audits = new(Window);
    private readonly ulong _seed;
    private long _batches, _rows, _calls;
    private double _tolerance;

    /// <summary>A student that knows nothing yet.</summary>
    /// <param name="teacher">Reads frames alone; owned from now on.</param>
    /// <param name="settings">Checked by whoever reads them.</param>
    /// <param name="row">What the student reads if it reads the state or the observation; null if it reads pixels.</param>
    /// <param name="seed">Of first weights and of what is drawn.</param>
    /// <exception cref="SettingsException">The source reads more than frames, or there is nothing for the student to read.</exception>
    /// <exception cref="UnknownNameException">The row has no field of a name in the settings.</exception>
    public DistilledReward(IReward teacher, DistillSettings settings, VectorSpec? row, ulong seed = 1)
        : base(SpecOf(teacher, settings, row))
    {
        (Source, _settings, _seed, _tolerance) = (teacher, settings, seed, settings.Tolerance);
        _input = InputOf(teacher, settings, row);
        var rng = Rng.For(seed, $"distill/{teacher.Spec.Name}/weights");
        _student = _input.Ensemble(settings.Members, ref rng);
        _memory = new ScoredRows(settings.Memory, _input.Bytes);
    }

    /// <summary>The source that the student learns from; owned by this.</summary>
    public IReward Source { get; }

    /// <inheritdoc/>
    /// <remarks>Before a run the source answers for every row.</remarks>
    public override bool IsCheckable => Source.IsCheckable;

    /// <summary>Rows with a frame that were scored so far, without frozen ones.</summary>
    public long Rows => _rows;

    /// <summary>Of these, rows that the source scored.</summary>
    public long Calls => _calls;

    /// <summary>Rank correlation of the scores given with the source's, over the last random rows; NaN before there are enough.</summary>
    public double Rank => _audits.Count < LeastAudits ? double.NaN : _audits.Rank;

    private bool IsReady => _calls >= _settings.WarmUp && _memory.Count > 0;

    /// <inheritdoc/>
    public override async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        Check(batch, scores);
        int[] places = RowsOfFrames(batch);
        byte[] rows = Copy(batch, places);
        Choice choice = Choose(rows, places.Length, context.Frozen);
        float[] answers = await AskAsync(batch, choice.Asked, context);
        if (places.Length < batch.Rows) scores.Span.Fill(float.NaN);
        for (int i = 0; i < places.Length; i++) scores.Span[places[i]] = choice.Means[i];
        for (int i = 0; i < answers.Length; i++) scores.Span[places[choice.Asked[i]]] = answers[i];
        if (context.Frozen) return;

        (_batches, _rows, _calls) = (_batches + 1, _rows + places.Length, _calls + answers.Length);
        foreach (int i in choice.Audited)
        {
            (float mean, float deviation) = (choice.Means[choice.Asked[i]], choice.Deviations[choice.Asked[i]]);
            _audits.Add(mean, deviation, answers[i], given: deviation > _tolerance ? answers[i] : mean);
        }

        for (int i = 0; i < answers.Length; i++)
            _memory.Add(rows.AsSpan(choice.Asked[i] * _input.Bytes, _input.Bytes), answers[i]);
        if (choice.Audited.Length > 0 && _audits.Count >= LeastAudits) _tolerance = _audits.Tolerance(_settings.Rank);
        Write(context.Metrics, answers.Length, places.Length);
    }

    /// <inheritdoc/>
    public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        if (context.Frozen || _memory.Fresh.Length == 0) return ValueTask.CompletedTask;
        _input.Observe(_memory.FreshRows());
        _scores.Update(_memory.FreshScores());
        _memory.ForgetFresh();
        var rng = Rng.For(_seed, $"distill/{Spec.Name}/minibatches", _batches);
        double error = 0;
        for (int step = 0; step < _settings.Steps; step++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            var inputs = new Tensor[_student.Members];
            var targets = new Tensor[_student.Members];
            for (int member = 0; member < _student.Members; member++) (inputs[member], targets[member]) = Minibatch(ref rng);
            error += _student.Step(inputs, targets, _settings.LearningRate);
        }

        context.Metrics.Write($"reward/{Spec.Name}/student/error", error / _settings.Steps);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        Source.Save(into.Section("source"));
        _student.Save(into.Section("student"));
        _input.Save(into.Section("input"));
        _scores.Save(into.Section("scores"));
        _memory.Save(into.Section("memory"));
        _audits.Save(into.Section("audits"));
        into.Put<long>("counts", [_batches, _rows, _calls]);
        into.Put("tolerance", _tolerance);
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        Source.Load(from.Section("source"));
        _student.Load(from.Section("student"));
        _input.Load(from.Section("input"));
        _scores.Load(from.Section("scores"));
        _memory.Load(from.Section("memory"));
        _audits.Load(from.Section("audits"));
        long[] counts = new long[3];
        from.Get<long>("counts", counts);
        (_batches, _rows, _calls) = (counts[0], counts[1], counts[2]);
        _tolerance = from.Get<double>("tolerance");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _student.Dispose();
            Source.Dispose();
        }

        base.Dispose(disposing);
    }

    private static StudentInput InputOf(IReward teacher, DistillSettings settings, VectorSpec? row) => settings.Student switch
    {
        DistillSettings.State => new StudentInput.OfState(row!.Places(settings.Fields)),
        DistillSettings.Observation => new StudentInput.OfObservation(row!.Places(settings.Fields)),
        _ => new StudentInput.OfPixels(teacher.Spec.Frames!.Value),
    };

    private static RewardSpec SpecOf(IReward teacher, DistillSettings settings, VectorSpec? row)
    {
        RewardSpec spec = teacher.Spec;
        if (spec.Reads != BatchFields.Frames || spec.Frames is null || spec.Scope != ScoreScope.Row)
            throw new SettingsException("reward",
                [$"{spec.Name}:distill: expected a source whose scores depend on one frame each, found one that reads {spec.Reads} and "
                    + $"depends on {spec.Scope}."]);
        if (settings.Student is DistillSettings.State or DistillSettings.Observation && row is not { Length: > 0 })
            throw new SettingsException("reward",
                [$"{spec.Name}:distill:student: expected numbers to read, found none in the {settings.Student} of this environment; "
                    + $"{DistillSettings.Pixels} reads frames."]);
        StudentInput input = InputOf(teacher, settings, row);
        return spec with
        {
            Reads = spec.Reads | input.Reads,
            Scope = ScoreScope.History | input.Scope,
            // a student may say a little more or less than the source ever does
            Minimum = float.NegativeInfinity,
            Maximum = float.PositiveInfinity,
        };
    }

    /// <summary>The row of every frame: rows lie by step, and only every k-th step has frames.</summary>
    private int[] RowsOfFrames(RewardBatch batch)
    {
        FrameBlock all = batch.Frames(Source.Spec.Frames!.Value, Spec.Name);
        return [.. Enumerable.Range(0, all.Frames).Select(frame =>
            (frame / all.Count * all.Spec.Every * all.Count) + (frame % all.Count))];
    }

    private byte[] Copy(RewardBatch batch, int[] places)
    {
        byte[] rows = new byte[checked(places.Length * _input.Bytes)];
        for (int i = 0; i < places.Length; i++) _input.Copy(batch, i, places[i], rows.AsSpan(i * _input.Bytes, _input.Bytes));
        return rows;
    }

    /// <summary>What the student says, and which frames the source is asked about.</summary>
    private Choice Choose(byte[] rows, int count, bool frozen)
    {
        float[] means = new float[count], deviations = new float[count];
        if (!IsReady) return new Choice(means, deviations, [.. Enumerable.Range(0, count)], []);
        using (NewDisposeScope()) _student.Predict(_input.ToTensor(rows), means, deviations);
        float mean = (float)_scores.Mean[0], deviation = (float)Math.Sqrt(_scores.Variance[0]);
        for (int row = 0; row < count; row++) means[row] = mean + (deviation * means[row]);
        var rng = Rng.For(_seed, $"distill/{Spec.Name}/audits", _batches);
        List<int> asked = [], audited = [];
        for (int row = 0; row < count; row++)
        {
            bool isAudited = !frozen && rng.NextDouble() < _settings.Audit;
            if (isAudited) audited.Add(asked.Count);
            if (isAudited || deviations[row] > _tolerance) asked.Add(row);
        }

        // where the source is asked about all, any of them are an unbiased sample
        if (!frozen && asked.Count == count && audited.Count < MostAudits) audited = Sample(count, ref rng);
        return new Choice(means, deviations, [.. asked], [.. audited]);
    }

    private static List<int> Sample(int count, ref Rng rng)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        rng.Shuffle(all);
        return [.. all.Take(MostAudits).Order()];
    }

    private async ValueTask<float[]> AskAsync(RewardBatch batch, int[] asked, ScoreContext context)
    {
        float[] answers = new float[asked.Length];
        if (asked.Length == 0) return answers;
        FrameSpec spec = Source.Spec.Frames!.Value;
        var frames = new FrameBatch(spec, asked.Length);
        FrameBlock all = batch.Frames(spec, Spec.Name);
        for (int i = 0; i < asked.Length; i++)
            all.Frame(asked[i]).CopyTo(frames.Pixels.Slice(i * all.FrameBytes, all.FrameBytes));
        await Source.ScoreAsync(frames, answers, context with { Frozen = true });
        for (int i = 0; i < answers.Length; i++)
            if (!float.IsFinite(answers[i]))
                throw new NonFiniteException($"Reward '{Spec.Name}'", batch.Describe(RowsOfFrames(batch)[asked[i]]));
        return answers;
    }

    private (Tensor Inputs, Tensor Targets) Minibatch(ref Rng rng)
    {
        int count = Math.Min(_settings.Minibatch, _memory.Count);
        byte[] rows = new byte[count * _input.Bytes];
        Tensor targets = empty(count);
        Span<float> values = MemoryMarshal.Cast<byte, float>(targets.bytes);
        double mean = _scores.Mean[0], deviation = Math.Sqrt(_scores.Variance[0]) + 1e-8;
        for (int i = 0; i < count; i++)
        {
            int at = rng.Below(_memory.Count);
            _memory.Row(at).CopyTo(rows.AsSpan(i * _input.Bytes));
            values[i] = (float)((_memory.Score(at) - mean) / deviation);
        }

        return (_input.ToTensor(rows), targets);
    }

    private void Write(IMetricSink metrics, int asked, int rows)
    {
        string path = $"reward/{Spec.Name}/student";
        metrics.Write($"{path}/asked", (double)asked / rows);
        metrics.Write($"{path}/saved", (double)_rows / _calls);
        metrics.Write($"{path}/tolerance", _tolerance);
        if (!double.IsFinite(Rank)) return;
        metrics.Write($"{path}/rank", Rank);
        metrics.Write($"{path}/own-rank", _audits.StudentRank);
    }

    /// <param name="Means">[frames], the student's scores; 0 before it is used.</param>
    /// <param name="Deviations">[frames], in deviations of the source's scores.</param>
    /// <param name="Asked">Frames that the source scores.</param>
    /// <param name="Audited">Places within those that were drawn at random.</param>
    private sealed record Choice(float[] Means, float[] Deviations, int[] Asked, int[] Audited);
}
