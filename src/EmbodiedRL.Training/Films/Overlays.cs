using System.Globalization;
using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Films;

/// <summary>What is drawn over the frames of a video.</summary>
[Flags]
public enum OverlayParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The sentence.</summary>
    Caption = 1,

    /// <summary>What the judge says of every frame.</summary>
    Score = 2,

    /// <summary>The terms of the hand-built reward.</summary>
    Terms = 4,

    /// <summary>Where geoms touch.</summary>
    Contacts = 8,

    /// <summary>The axes of everything that moves: x red, y green, z blue.</summary>
    Axes = 16,
}

/// <summary>Draws over the frames of N environments of a kind what people want to see beside them.</summary>
/// <param name="info">Of the environments.</param>
/// <param name="camera">What is looked through; null where the environment draws itself: texts are then all that can be drawn.</param>
/// <param name="size">Pixels a side of a frame.</param>
/// <param name="parts">What is drawn.</param>
/// <param name="caption">The sentence.</param>
internal sealed class Overlays(EnvironmentInfo info, SceneCamera? camera, int size, OverlayParts parts, string caption)
{
    private const int MostContacts = 64;
    private const float AxisShare = 0.03f; // of the scene's extent

    private readonly Vector3[] _contacts = new Vector3[MostContacts];
    private readonly float[] _first = new float[info.Scene?.PoseLength ?? 0];
    private readonly bool[] _moves = new bool[camera is null ? 0 : info.Scene?.Geoms.Length ?? 0];
    private bool _isBegun;

    /// <summary>Draws over all frames of a step.</summary>
    /// <param name="environment">Asked for contacts.</param>
    /// <param name="buffer">The step.</param>
    /// <param name="scores">[N]; empty without a judge.</param>
    /// <param name="variations">What the frames were drawn with; null if nothing varies.</param>
    /// <param name="frames">[N, H, W, 3], changed.</param>
    public void Draw(IVectorEnvironment environment, StepBuffer buffer, ReadOnlySpan<float> scores,
        SceneVariations? variations, Span<byte> frames)
    {
        if (parts == OverlayParts.None) return;
        int poses = info.Scene?.PoseLength ?? 0, bytes = size * size * 3;
        for (int row = 0; row < buffer.Count; row++)
        {
            ReadOnlySpan<float> pose = buffer.Poses.AsSpan(row * poses, poses);
            Notice(pose);
            var overlay = new FrameOverlay
            {
                Caption = parts.HasFlag(OverlayParts.Caption) ? caption : "",
                Lines = [.. Lines(buffer, row, scores)],
                Points = camera is not null && parts.HasFlag(OverlayParts.Contacts) ? Contacts(environment, row) : [],
                Segments = camera is not null && parts.HasFlag(OverlayParts.Axes) ? Axes(pose) : [],
            };
            overlay.Draw(frames.Slice(row * bytes, bytes), size, View(buffer, row, variations));
        }
    }

    private FrameProjection? View(StepBuffer buffer, int row, SceneVariations? variations)
    {
        if (camera is null) return null;
        int poses = info.RequiredScene.PoseLength;
        SceneCamera seen = variations?.Cameras is { } drawn
            ? VisualLayout.ReadCamera(camera.Name, drawn.AsSpan(row * drawn.Length / buffer.Count, drawn.Length / buffer.Count))
            : info.RequiredScene.Placed(camera, buffer.Poses.AsSpan(row * poses, poses));
        return new FrameProjection(seen, size);
    }

    private List<string> Lines(StepBuffer buffer, int row, ReadOnlySpan<float> scores)
    {
        var lines = new List<string>();
        if (parts.HasFlag(OverlayParts.Score) && !scores.IsEmpty)
            lines.Add(float.IsNaN(scores[row]) ? "score: none" : string.Create(CultureInfo.InvariantCulture, $"score {scores[row]:0.000}"));
        if (!parts.HasFlag(OverlayParts.Terms)) return lines;
        int width = info.RewardTerms.Length;
        for (int term = 0; term < width; term++)
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{info.RewardTerms[term]} {buffer.RewardTerms[(row * width) + term]:0.000}"));
        return lines;
    }

    private OverlayPoint[] Contacts(IVectorEnvironment environment, int row)
    {
        if (environment is not IContactSource source) return [];
        int count = Math.Min(source.ReadContacts(row, _contacts), MostContacts);
        return [.. _contacts.Take(count).Select(at => new OverlayPoint(at, new Vector3(1, 0.85f, 0)))];
    }

    private List<OverlayLine> Axes(ReadOnlySpan<float> poses)
    {
        var lines = new List<OverlayLine>();
        float length = AxisShare * info.RequiredScene.Extent;
        for (int geom = 0; geom < _moves.Length; geom++)
        {
            if (!_moves[geom]) continue;
            ReadOnlySpan<float> pose = poses.Slice(geom * SceneDescription.FloatsPerPose, SceneDescription.FloatsPerPose);
            var at = new Vector3(pose);
            for (int axis = 0; axis < 3; axis++)
            {
                Vector3 color = default;
                color[axis] = 1;
                lines.Add(new OverlayLine(at, at + (length * new Vector3(pose[3 + axis], pose[6 + axis], pose[9 + axis])), color));
            }
        }

        return lines;
    }

    /// <summary>Learns which geoms move, so that floors and walls get no axes.</summary>
    private void Notice(ReadOnlySpan<float> poses)
    {
        if (!_isBegun) poses.CopyTo(_first);
        _isBegun = true;
        for (int geom = 0; geom < _moves.Length; geom++)
        {
            int at = geom * SceneDescription.FloatsPerPose;
            _moves[geom] |=
                !poses.Slice(at, SceneDescription.FloatsPerPose).SequenceEqual(_first.AsSpan(at, SceneDescription.FloatsPerPose));
        }
    }
}
