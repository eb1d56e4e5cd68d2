using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Perception targets of one environment: how true each fact is of each image, and where each thing is.</summary>
/// <remarks>
/// Of the poses, the numbers that vary are told, each shifted and scaled to mean 0 and deviation 1 over the states it is made from. Owns
/// the head. Not thread-safe.
/// </remarks>
internal sealed class Perception : ISnapshot, IDisposable
{
    private const double LeastDeviation = 1e-3; // of a pose's number: meters, or an entry of a rotation matrix

    private readonly EnvironmentInfo _info;
    private readonly int[] _columns;
    private readonly float[] _means, _scales;
    private readonly PerceptionHead _head;
    private readonly PerceptionTargets _targets;

    /// <summary>A head that knows nothing yet.</summary>
    /// <param name="info">What can be said of the images.</param>
    /// <param name="settings">Of the training.</param>
    /// <param name="poses">[N, P], poses that scenes of the training have.</param>
    public Perception(EnvironmentInfo info, CaptioningSettings settings, ReadOnlySpan<float> poses)
    {
        _info = info;
        var moments = new RunningMoments(info.RequiredScene.PoseLength);
        moments.Update(poses);
        double[] deviations = [.. moments.Variance.ToArray().Select(Math.Sqrt)];
        _columns = [.. Enumerable.Range(0, deviations.Length).Where(column => deviations[column] > LeastDeviation)];
        _means = new float[_columns.Length];
        _scales = new float[_columns.Length];
        for (int i = 0; i < _columns.Length; i++)
            (_means[i], _scales[i]) = ((float)moments.Mean[_columns[i]], (float)(1 / deviations[_columns[i]]));
        _head = new PerceptionHead(settings.Model, info.Facts.Length, _columns.Length, settings.Seed);
        _targets = new PerceptionTargets(_head, new float[settings.Pictures * info.Facts.Length],
            new float[settings.Pictures * _columns.Length]);
    }

    /// <summary>What a batch's images show; nothing of those that do not show the scene, nor of facts that are never spoken of.</summary>
    /// <param name="batch">A batch of the environment.</param>
    /// <returns>Lent until the next call.</returns>
    public PerceptionTargets Of(CaptionedBatch batch)
    {
        int state = _info.State.Length, pose = _info.RequiredScene.PoseLength, facts = _info.Facts.Length;
        for (int row = 0; row < batch.Contents.Length; row++)
        {
            Span<float> truths = _targets.Facts.AsSpan(row * facts, facts);
            Span<float> places = _targets.Places.AsSpan(row * _columns.Length, _columns.Length);
            if (batch.Contents[row] != ImageContent.Scene)
            {
                truths.Fill(float.NaN);
                places.Fill(float.NaN);
                continue;
            }

            ReadOnlySpan<float> shown = batch.States.AsSpan(row * state, state), placed = batch.Poses.AsSpan(row * pose, pose);
            for (int i = 0; i < facts; i++) truths[i] = _info.Facts[i].IsVisible ? _info.Facts[i].Truth(shown) : float.NaN;
            for (int i = 0; i < places.Length; i++) places[i] = (placed[_columns[i]] - _means[i]) * _scales[i];
        }

        return _targets;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => _head.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _head.Load(from);

    /// <summary>Frees the head.</summary>
    public void Dispose() => _head.Dispose();
}
