using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Input of a learned reward: the numbers that it reads of every row of a batch.</summary>
internal abstract class LearnedInput
{
    /// <summary>D: numbers of a row.</summary>
    public abstract int Length { get; }

    /// <summary>What it reads.</summary>
    public abstract BatchFields Reads { get; }

    /// <summary>Which frames it reads; null if none.</summary>
    public virtual FrameSpec? Frames => null;

    /// <summary>What the numbers are, in order, as a trained reward remembers it.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>The input that options ask for.</summary>
    /// <exception cref="SpecMismatchException">There is no environment whose state could be read.</exception>
    public static LearnedInput Of(LearnedOptions options, RewardContext run) => options.Input == LearnedOptions.State
        ? new OfState(run.RequiredInfo.State)
        : new OfFeatures(run.Models(options.Model), options.Camera);

    /// <summary>Reads every row.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="reader">Who reads, for messages.</param>
    /// <param name="cancel">Stops between two calls of a model.</param>
    /// <returns>[rows, D], fresh.</returns>
    /// <exception cref="NonFiniteException">A number is none; names the row.</exception>
    public float[] Read(RewardBatch batch, string reader, CancellationToken cancel)
    {
        float[] rows = ReadAll(batch, reader, cancel);
        for (int i = 0; i < rows.Length; i++)
            if (!float.IsFinite(rows[i])) throw new NonFiniteException($"The input of reward '{reader}'", batch.Describe(i / Length));
        return rows;
    }

    /// <summary>As <see cref="Read"/>, not yet checked.</summary>
    protected abstract float[] ReadAll(RewardBatch batch, string reader, CancellationToken cancel);

    /// <summary>The state.</summary>
    public sealed class OfState(StateSpec state) : LearnedInput
    {
        public override int Length => state.Length;

        public override BatchFields Reads => BatchFields.States;

        public override IReadOnlyList<string> Names => [.. Enumerable.Range(0, state.Length).Select(state.NameOf)];

        protected override float[] ReadAll(RewardBatch batch, string reader, CancellationToken cancel)
        {
            float[] states = batch.As<TrajectoryBatch>().States;
            SpecMismatchException.ThrowIfLength($"states read by '{reader}'", states.Length, checked(batch.Rows * Length));
            return [.. states];
        }
    }

    /// <summary>Embeddings of frames. The model is lent.</summary>
    public sealed class OfFeatures(IImageTextModel model, string camera) : LearnedInput
    {
        private const int FramesAtOnce = 1024;

        private readonly FrameSpec _frames = new(model.ImageSize, model.ImageSize, camera);

        public override int Length => model.EmbeddingSize;

        public override BatchFields Reads => BatchFields.Frames;

        public override FrameSpec? Frames => _frames;

        public override IReadOnlyList<string> Names => [$"{model.EmbeddingSize} features of {model.Name}"];

        protected override float[] ReadAll(RewardBatch batch, string reader, CancellationToken cancel)
        {
            FrameBlock frames = batch.Frames(_frames, reader);
            float[] rows = new float[checked(batch.Rows * Length)];
            for (int first = 0, count; first < batch.Rows; first += count)
            {
                cancel.ThrowIfCancellationRequested();
                count = Math.Min(FramesAtOnce, frames.Run(first));
                model.EncodeImages(frames.Slice(first, count).Span, _frames.Width, _frames.Height,
                    rows.AsSpan(first * Length, count * Length));
            }

            return rows;
        }
    }
}
