using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Teacher of a learned reward: says of every step how good it is. Labels are made of what it says.</summary>
internal abstract class StepTeacher : IDisposable
{
    /// <summary>The hand-built reward.</summary>
    public const string Task = "task";

    /// <summary>A success measure of the environment.</summary>
    public const string Measure = "measure";

    /// <summary>What it reads.</summary>
    public abstract BatchFields Reads { get; }

    /// <summary>Which frames it reads; null if none.</summary>
    public virtual FrameSpec? Frames => null;

    /// <summary>The teacher that options ask for.</summary>
    /// <param name="options">Of the learned reward.</param>
    /// <param name="run">Lends the environment's measures, and other sources.</param>
    /// <param name="usual">Who teaches where the options name nobody and no file.</param>
    /// <param name="isGraded">Whether a measure says how near a state is, as far as the environment knows, or whether it holds.</param>
    /// <param name="isTaught">Whether something else has taught it, so that nobody has to.</param>
    /// <returns>Null for nobody; the caller disposes it.</returns>
    /// <exception cref="UnknownNameException">There is no such measure or source.</exception>
    /// <exception cref="SettingsException">The source learns itself.</exception>
    public static StepTeacher? Of(LearnedOptions options, RewardContext run, string usual, bool isGraded, bool isTaught)
    {
        string name = options.Teacher.Length > 0 ? options.Teacher : isTaught ? "" : usual;
        return name switch
        {
            "" => null,
            Task => new OfTask(),
            Measure => new OfMeasure(run.RequiredInfo,
                options.Measure.Length == 0 && run.JudgedBy is [var judge] ? judge : options.Measure, isGraded),
            _ => new OfSource(run.Term, Made(name)),
        };

        IReward Made(string source)
        {
            IReward made = run.Teachers(source);
            if (made is not ILearnedReward) return made;
            made.Dispose();
            throw new SettingsException($"reward '{run.Term}'",
                [$"teacher: expected {Task}, {Measure} or a source that knows its scores, found '{source}', which learns itself."]);
        }
    }

    /// <summary>Judges every step.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="context">Where the run stands; the teacher itself adapts nothing.</param>
    /// <returns>[rows], fresh.</returns>
    public abstract ValueTask<float[]> JudgeAsync(RewardBatch batch, ScoreContext context);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    private sealed class OfTask : StepTeacher
    {
        public override BatchFields Reads => BatchFields.TaskRewards;

        public override ValueTask<float[]> JudgeAsync(RewardBatch batch, ScoreContext context) =>
            ValueTask.FromResult<float[]>([.. batch.As<TrajectoryBatch>().TaskRewards]);
    }

    private sealed class OfMeasure : StepTeacher
    {
        private readonly StateFunction _truth;
        private readonly int _length;

        public OfMeasure(EnvironmentInfo info, string name, bool isGraded)
        {
            SuccessMeasure measure = (name.Length == 0 ? info.Measures.FirstOrDefault() : info.Measures.FirstOrDefault(m => m.Name == name))
                ?? throw new UnknownNameException($"success measure of '{info.Name}'", name, info.Measures.Select(one => one.Name));
            Fact? fact = isGraded ? info.Facts.FirstOrDefault(fact => fact.Measure == measure.Name) : null;
            (_truth, _length) = (fact?.Truth ?? measure.Holds, info.State.Length);
        }

        public override BatchFields Reads => BatchFields.States;

        public override ValueTask<float[]> JudgeAsync(RewardBatch batch, ScoreContext context)
        {
            float[] states = batch.As<TrajectoryBatch>().States, truth = new float[batch.Rows];
            for (int row = 0; row < truth.Length; row++) truth[row] = _truth(states.AsSpan(row * _length, _length));
            return ValueTask.FromResult(truth);
        }
    }

    /// <summary>Another reward, e.g. of a model; owned.</summary>
    private sealed class OfSource(string reader, IReward source) : StepTeacher
    {
        public override BatchFields Reads => source.Spec.Reads;

        public override FrameSpec? Frames => source.Spec.Frames;

        public override async ValueTask<float[]> JudgeAsync(RewardBatch batch, ScoreContext context)
        {
            float[] truth = new float[batch.Rows];
            await source.ScoreAsync(batch, truth, context with { Frozen = true, Metrics = NullMetricSink.Instance });
            for (int row = 0; row < truth.Length; row++)
                if (!float.IsFinite(truth[row]))
                    throw new NonFiniteException($"What the teacher of reward '{reader}' says", batch.Describe(row),
                        "A teacher must judge every step.");
            return truth;
        }

        public override void Dispose()
        {
            source.Dispose();
            base.Dispose();
        }
    }
}
