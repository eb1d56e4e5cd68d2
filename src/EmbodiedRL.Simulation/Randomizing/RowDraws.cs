using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Randomizing;

/// <summary>Randomized parameter, resolved against a model.</summary>
internal sealed record DrawnParameter(RandomParameter Parameter, DrawChange Change, Distribution Distribution,
    int[] Targets, bool IsTogether)
{
    /// <summary>What becomes of the model's own number.</summary>
    public double Apply(double own, double drawn) => Change switch
    {
        DrawChange.Scale => own * drawn,
        DrawChange.Add => own + drawn,
        _ => drawn,
    };
}

/// <summary>Domain randomization of one environment: edits its model and writes its visual parameters, without allocating.</summary>
internal sealed class RowDraws
{
    private readonly Randomization _randomization;
    private readonly DrawnParameter[] _draws;
    private readonly VisualLayout _layout;
    private readonly PhysicsView _physics;
    private readonly EditableModel? _own;
    private readonly SceneCamera[] _cameras;
    private readonly float[] _ownVisuals;
    private readonly ModelNumbers? _numbers;
    private readonly bool _isHeavy;
    private (ulong Seed, long Index)? _at;

    public RowDraws(Randomization randomization, DrawnParameter[] draws, SceneDescription scene, VisualLayout layout,
        PhysicsView physics, EditableModel? own)
    {
        (_randomization, _draws, _layout, _physics, _own) = (randomization, draws, layout, physics, own);
        _cameras = [.. layout.Cameras.Select(scene.Camera)];
        _ownVisuals = new float[layout.Length];
        layout.WriteOwn(scene, _ownVisuals);
        Visuals = [.. _ownVisuals];
        Means = new float[draws.Length];
        _numbers = own is null ? null : new ModelNumbers(own.Model);
        _isHeavy = draws.Any(drawn => drawn.Parameter.Name == RandomParameter.Mass);
    }

    /// <summary>[L], of the present episode.</summary>
    public float[] Visuals { get; }

    /// <summary>[D], the mean of what was drawn for each parameter.</summary>
    public float[] Means { get; }

    /// <summary>Draws for an episode; the state is to be reset afterwards.</summary>
    /// <param name="seed">Of the environments.</param>
    /// <param name="environment">Which of them.</param>
    /// <param name="episode">Counted from 0.</param>
    public void Begin(ulong seed, int environment, long episode) =>
        Draw(seed, _randomization.Stream, _randomization.Settings.Every == DrawTime.Once ? environment : (episode << 32) + environment);

    /// <summary>Samples parameters for a state that is only rendered.</summary>
    public void Place(ulong seed, int environment, long draw)
    {
        _at = null;
        Draw(seed, "randomise-place", (draw << 32) + environment);
        _at = null;
    }

    private void Draw(ulong seed, string stream, long index)
    {
        if (_at == (seed, index)) return;
        _at = (seed, index);
        _ownVisuals.CopyTo(Visuals, 0);
        _numbers?.Restore(_own!);
        Rng rng = Rng.For(seed, stream, index);
        for (int i = 0; i < _draws.Length; i++) Means[i] = (float)Apply(_draws[i], ref rng);
        if (_isHeavy) _physics.UpdateConstants();
    }

    private double Apply(DrawnParameter drawn, ref Rng rng)
    {
        Span<double> values = stackalloc double[drawn.Parameter.Width];
        double sum = 0;
        for (int i = 0; i < drawn.Targets.Length; i++)
        {
            if (i == 0 || !drawn.IsTogether)
                for (int k = 0; k < values.Length; k++)
                    values[k] = drawn.Distribution.Draw(ref rng, _randomization.Settings.HeldOut,
                        _randomization.Split == DrawSplit.HeldOut);
            foreach (double value in values) sum += value;
            if (drawn.Parameter.IsPhysical) ModelNumbers.Change(_own!, drawn, drawn.Targets[i], values[0]);
            else ChangeLook(drawn, drawn.Targets[i], values);
        }

        return sum / Math.Max(1, drawn.Targets.Length * values.Length);
    }

    private void ChangeLook(DrawnParameter drawn, int target, ReadOnlySpan<double> values)
    {
        switch (drawn.Parameter.Name)
        {
            case RandomParameter.Color:
                Shift(drawn, Visuals.AsSpan(4 * target, 3), values, 0, 1);
                break;
            case RandomParameter.Texture:
                Visuals[_layout.TexturesAt + target] = (float)values[0];
                break;
            case RandomParameter.Background:
                Shift(drawn, Visuals.AsSpan(_layout.BackgroundAt, 6), values, 0, 1);
                break;
            case RandomParameter.Light:
                Shift(drawn, Visuals.AsSpan(_layout.LightAt + 3, 3), values, 0, float.PositiveInfinity);
                break;
            case RandomParameter.Ambient:
                Shift(drawn, Visuals.AsSpan(_layout.LightAt + 6, 3), values, 0, float.PositiveInfinity);
                break;
            case RandomParameter.LightDirection:
                Span<float> direction = Visuals.AsSpan(_layout.LightAt, 3);
                Shift(drawn, direction, values, float.NegativeInfinity, float.PositiveInfinity);
                Vector3 to = new(direction);
                (to.LengthSquared() > 0 ? Vector3.Normalize(to) : -Vector3.UnitZ).CopyTo(direction);
                break;
            default:
                ChangeCamera(drawn, Visuals.AsSpan(_layout.CamerasAt + (13 * target), 13), _cameras[target], values);
                break;
        }
    }

    private static void ChangeCamera(DrawnParameter drawn, Span<float> row, SceneCamera camera, ReadOnlySpan<double> values)
    {
        switch (drawn.Parameter.Name)
        {
            case RandomParameter.CameraPosition:
                Shift(drawn, row[..3], values, float.NegativeInfinity, float.PositiveInfinity);
                break;
            case RandomParameter.FieldOfView:
                Shift(drawn, row[12..], values, 1, 170);
                break;
            default:
                const double degree = Math.PI / 180;
                Quaternion turn = Quaternion.CreateFromAxisAngle(Vector3.UnitX, (float)(values[0] * degree))
                    * Quaternion.CreateFromAxisAngle(Vector3.UnitY, (float)(values[1] * degree))
                    * Quaternion.CreateFromAxisAngle(Vector3.UnitZ, (float)(values[2] * degree));
                VisualLayout.WriteAxes(Quaternion.Normalize(camera.Orientation * turn), row[3..]);
                break;
        }
    }

    /// <summary>Applies a draw to numbers; one value serves all of them.</summary>
    private static void Shift(DrawnParameter drawn, Span<float> numbers, ReadOnlySpan<double> values, float least, float most)
    {
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Math.Clamp((float)drawn.Apply(numbers[i], values[Math.Min(i, values.Length - 1)]), least, most);
    }
}
