using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Preprocessing;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Input of a student: what it reads of a batch's rows, as bytes that can be remembered.</summary>
internal abstract class StudentInput : ISnapshot
{
    /// <summary>Bytes of one row.</summary>
    public abstract int Bytes { get; }

    /// <summary>What it reads.</summary>
    public abstract BatchFields Reads { get; }

    /// <summary>What it reads beside its own row.</summary>
    public virtual ScoreScope Scope => ScoreScope.Row;

    /// <summary>A new ensemble that reads this.</summary>
    public abstract RegressionEnsemble Ensemble(int members, ref Rng rng);

    /// <summary>Copies what belongs to a frame of a batch.</summary>
    /// <param name="batch">Lent.</param>
    /// <param name="frame">Its place among the frames.</param>
    /// <param name="row">Its row.</param>
    /// <param name="into">[<see cref="Bytes"/>], overwritten.</param>
    public abstract void Copy(RewardBatch batch, int frame, int row, Span<byte> into);

    /// <summary>Takes rows into the running statistics.</summary>
    public virtual void Observe(ReadOnlySpan<byte> rows)
    {
    }

    /// <summary>Rows as the ensemble reads them.</summary>
    /// <param name="rows">[B, <see cref="Bytes"/>].</param>
    /// <returns>Fresh; the caller's scope owns it.</returns>
    public abstract Tensor ToTensor(ReadOnlySpan<byte> rows);

    /// <inheritdoc/>
    public virtual void Save(Snapshot into)
    {
    }

    /// <inheritdoc/>
    public virtual void Load(Snapshot from)
    {
    }

    /// <summary>The state.</summary>
    public sealed class OfState(int[] places) : OfNumbers(places)
    {
        public override BatchFields Reads => BatchFields.States;

        protected override ReadOnlySpan<float> Row(TrajectoryBatch batch, int row)
        {
            int width = batch.Info.State.Length;
            return batch.States.AsSpan(row * width, width);
        }
    }

    /// <summary>The observation that follows the step, as the frame does.</summary>
    public sealed class OfObservation(int[] places) : OfNumbers(places)
    {
        public override BatchFields Reads => BatchFields.Observations;

        // the observation that follows lies in the next row of the episode
        public override ScoreScope Scope => ScoreScope.Episode;

        protected override ReadOnlySpan<float> Row(TrajectoryBatch batch, int row) => batch.ObservationAfter(row);
    }

    /// <summary>Numbers at some places of a row, each by its running mean and deviation.</summary>
    public abstract class OfNumbers(int[] places) : StudentInput
    {
        private const float Most = 10;

        private static readonly int[] Hidden = [128, 128];
        private readonly RunningMoments _moments = new(places.Length);

        public override int Bytes => places.Length * sizeof(float);

        public override RegressionEnsemble Ensemble(int members, ref Rng rng) =>
            RegressionEnsemble.OfNumbers(members, places.Length, Hidden, ref rng);

        public override void Copy(RewardBatch batch, int frame, int row, Span<byte> into)
        {
            ReadOnlySpan<float> from = Row(batch.As<TrajectoryBatch>(), row);
            Span<float> numbers = MemoryMarshal.Cast<byte, float>(into);
            for (int i = 0; i < places.Length; i++) numbers[i] = from[places[i]];
        }

        public override void Observe(ReadOnlySpan<byte> rows) => _moments.Update(MemoryMarshal.Cast<byte, float>(rows));

        public override Tensor ToTensor(ReadOnlySpan<byte> rows)
        {
            int length = places.Length;
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(rows);
            Tensor tensor = empty([values.Length / length, length]);
            Span<float> into = MemoryMarshal.Cast<byte, float>(tensor.bytes);
            for (int i = 0; i < values.Length; i++)
            {
                double deviation = Math.Sqrt(_moments.Variance[i % length]) + 1e-6;
                into[i] = Math.Clamp((float)((values[i] - _moments.Mean[i % length]) / deviation), -Most, Most);
            }

            return tensor;
        }

        public override void Save(Snapshot into) => _moments.Save(into);

        public override void Load(Snapshot from) => _moments.Load(from);

        protected abstract ReadOnlySpan<float> Row(TrajectoryBatch batch, int row);
    }

    /// <summary>Frames, made small.</summary>
    public sealed class OfPixels(FrameSpec frames) : StudentInput
    {
        private const int Side = 64;

        private readonly ImageProcessor _shrink = new(new ImageProcessorSettings
        {
            Mode = ResizeMode.Squash,
            Width = Side,
            Height = Side,
            Filter = ResampleFilter.Bilinear
        });

        public override int Bytes => Side * Side * 3;

        public override BatchFields Reads => BatchFields.Frames;

        public override RegressionEnsemble Ensemble(int members, ref Rng rng) =>
            RegressionEnsemble.OfImages(members, new ImageSpec(Side, Side, 3), ref rng);

        public override void Copy(RewardBatch batch, int frame, int row, Span<byte> into) =>
            _shrink.ProcessBytes(batch.Frames(frames).Frame(frame), frames.Width, frames.Height, 3, into);

        public override Tensor ToTensor(ReadOnlySpan<byte> rows)
        {
            Tensor tensor = empty([rows.Length / Bytes, Side, Side, 3], ScalarType.Byte);
            rows.CopyTo(tensor.bytes);
            return tensor;
        }
    }
}
