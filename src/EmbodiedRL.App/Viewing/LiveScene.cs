using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.App.Viewing;

/// <summary>Live scene: one environment in real time, rendered through a movable camera and scored against a typed sentence.</summary>
/// <remarks>Requests may come from any thread; whatever touches environment, renderer or model happens under one lock.</remarks>
internal sealed class LiveScene : IDisposable
{
    private const double FramesPerSecond = 25;
    private const int MostStepsPerFrame = 50; // a slow machine falls behind the clock instead of never showing anything
    private const int JpegQuality = 85;

    private readonly Lock _gate = new();
    private readonly IVectorEnvironment _environment;
    private readonly Dictionary<string, IActor> _actors;
    private readonly Func<string, GoalScorer> _openScorer;
    private readonly TimeProvider _time;
    private readonly BatchRenderer _renderer;
    private readonly EnvironmentRunner _runner;
    private readonly byte[] _pixels;
    private readonly ulong _seed;
    private GoalScorer? _scorer;
    private OrbitCamera _camera;
    private SceneCamera _followed; // what the orbit began from: where it goes, the orbit goes
    private Vector3 _seen;
    private string _policy;
    private bool _isPaused;
    private int _episode, _step;
    private double _owed; // seconds of the clock that are not played yet
    private TaskCompletionSource _fresh = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins the first episode.</summary>
    /// <param name="environment">One environment. Owned from here on.</param>
    /// <param name="policies">Who can act, by name, the first at the beginning; null does nothing. Lent.</param>
    /// <param name="openScorer">Called with the first sentence, so that nobody waits for a model that is not asked.</param>
    /// <param name="size">Pixels a side.</param>
    /// <param name="seed">Of starts.</param>
    /// <param name="time">The clock.</param>
    public LiveScene(IVectorEnvironment environment, IReadOnlyList<(string Name, IPolicy? Policy)> policies,
        Func<string, GoalScorer> openScorer, int size, ulong seed, TimeProvider time)
    {
        (_environment, _openScorer, _seed, _time) = (environment, openScorer, seed, time);
        _actors = policies.ToDictionary(known => known.Name,
            known => (known.Policy ?? new StillPolicy()).CreateActor(1, ActorMode.Deterministic, seed), StringComparer.Ordinal);
        _policy = policies[0].Name;
        EnvironmentInfo info = environment.Info;
        _renderer = new BatchRenderer(info.RequiredScene, info.Camera, size, RenderEffects.Smoothed);
        _runner = new EnvironmentRunner(environment, _actors[_policy]);
        _pixels = new byte[_renderer.FrameBytes];
        Restart();
        (_camera, _followed, _seen) = Begin(info.Camera);
        Latest = Draw(1);
    }

    /// <summary>The newest frame.</summary>
    public ViewFrame Latest { get; private set; }

    /// <summary>Pixels a side.</summary>
    public int Size => _renderer.Size;

    /// <summary>The device that draws.</summary>
    public string Device => _renderer.Device;

    /// <summary>Plays until canceled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1 / FramesPerSecond), _time);
        long last = _time.GetTimestamp();
        while (await beat.WaitForNextTickAsync(cancel))
        {
            long now = _time.GetTimestamp();
            Advance(_time.GetElapsedTime(last, now).TotalSeconds);
            last = now;
        }
    }

    /// <summary>Plays as many control steps as fit into this time, and shows the outcome.</summary>
    public void Advance(double seconds)
    {
        lock (_gate)
        {
            if (!_isPaused)
            {
                double step = _environment.Info.ControlTimestep;
                _owed = Math.Min(_owed + seconds, MostStepsPerFrame * step);
                for (; _owed >= step; _owed -= step) StepOnce();
            }

            Show();
        }
    }

    /// <summary>Does what a person asks.</summary>
    /// <exception cref="EmbodiedException">It cannot be done; says why. Nothing has changed.</exception>
    public void Do(ViewRequest request)
    {
        lock (_gate)
        {
            Obey(request);
            Show();
        }
    }

    /// <summary>The first frame after one that was seen.</summary>
    /// <param name="seen">Its number; 0 for none.</param>
    /// <param name="cancel">Gives up waiting.</param>
    public async Task<ViewFrame> NextAsync(long seen, CancellationToken cancel)
    {
        while (true)
        {
            Task fresh = Volatile.Read(ref _fresh).Task;
            if (Latest is { } frame && frame.Number > seen) return frame;
            await fresh.WaitAsync(cancel);
        }
    }

    /// <summary>Frees all but the policies.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _scorer?.Dispose();
            foreach (IActor actor in _actors.Values) actor.Dispose();
            _renderer.Dispose();
            _environment.Dispose();
        }
    }

    private void Obey(ViewRequest request)
    {
        switch (request.Action)
        {
            case "pause": _isPaused = true; break;
            case "play": _isPaused = false; break;
            case "step": StepOnce(); break;
            case "restart": Restart(); break;
            case "orbit": _camera = _camera.Turned(Finite(request.X), Finite(request.Y), Math.Clamp(Finite(request.Zoom), 0.1f, 10)); break;
            case "camera": (_camera, _followed, _seen) = Begin(request.Text); break;
            case "push": Push(request); break;
            case "goal": Aim(request.Text.Trim()); break;
            case "policy":
                _policy = _actors.ContainsKey(request.Text)
                    ? request.Text
                    : throw new UnknownNameException("policy", request.Text, _actors.Keys);
                break;
            default: throw new UnknownNameException("action", request.Action, ViewRequest.Actions);
        }
    }

    private (OrbitCamera Orbit, SceneCamera Followed, Vector3 Seen) Begin(string name)
    {
        SceneDescription scene = _environment.Info.RequiredScene;
        SceneCamera followed = scene.Camera(name), placed = scene.Placed(followed, _runner.Buffer.Poses);
        return (OrbitCamera.From(placed, Center()), followed, placed.Position);
    }

    private void Follow()
    {
        Vector3 at = _environment.Info.RequiredScene.Placed(_followed, _runner.Buffer.Poses).Position;
        _camera = _camera with { Target = _camera.Target + (at - _seen) };
        _seen = at;
    }

    private void Push(ViewRequest request)
    {
        if (_environment is not IPerturbable { Bodies.Count: > 0 } bodies)
            throw new SpecMismatchException("push", "an environment with bodies",
                $"'{_environment.Info.Name}', which has none that can be pushed");
        bodies.Push(0, request.Body, (Finite(request.X) * _camera.Right) + (Finite(request.Y) * _camera.Up));
    }

    private void Aim(string goal)
    {
        if (goal.Length > 0) _scorer ??= _openScorer(goal);
        _scorer?.SetGoal(goal);
    }

    private void StepOnce()
    {
        _runner.Actor = _actors[_policy];
        _runner.Step();
        _step++;
        if (!_runner.Buffer.Kinds[0].Ends()) return;
        _episode++;
        _step = 0;
    }

    private void Restart()
    {
        _episode++;
        (_step, _owed) = (0, 0);
        _runner.Reset(_seed + (ulong)_episode - 1, StartDistribution.WholeRange);
    }

    private void Show()
    {
        Latest = Draw(Latest.Number + 1);
        Interlocked.Exchange(ref _fresh, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private ViewFrame Draw(long number)
    {
        Follow();
        _renderer.Render(_runner.Buffer.Poses, 1, _pixels,
            (VariationsThrough(_environment.Info.Camera) ?? new SceneVariations()) with { Cameras = _camera.ToCameras() });
        return new ViewFrame(number, ImageFile.EncodeJpeg(_pixels, Size, Size, JpegQuality), Describe());
    }

    private ViewStatus Describe()
    {
        EnvironmentInfo info = _environment.Info;
        float? score = _scorer?.Score(_runner.Buffer.Poses, VariationsThrough(_scorer.Camera));
        SentenceVerdict? verdict = _scorer?.Verdict;
        return new ViewStatus
        {
            Environment = info.Name,
            Policy = _policy,
            IsPaused = _isPaused,
            Episode = _episode,
            Step = _step,
            Seconds = _step * info.ControlTimestep,
            Reward = _runner.Buffer.Rewards[0],
            Terms = info.RewardTerms.Select((name, i) => (name, _runner.Buffer.RewardTerms[i])).ToDictionary(),
            Holds = info.Measures.ToDictionary(measure => measure.Name, measure => measure.Holds(_runner.Buffer.States) > 0.5f),
            Goal = _scorer?.Goal ?? "",
            Score = score,
            Percentile = score is { } known ? verdict?.Percentile(known) : null,
            Kind = verdict?.Kind ?? "",
            Verdict = verdict?.Check.Trust.ToString().ToLowerInvariant() ?? "",
            Reasons = verdict?.Check.Reasons ?? [],
            UnknownWords = _scorer?.UnknownWords ?? [],
            Bodies = (_environment as IPerturbable)?.Bodies ?? [],
            Cameras = [.. info.RequiredScene.Cameras.Select(camera => camera.Name)],
        };
    }

    /// <summary>How the scene's visuals vary in this episode; null if nothing is.</summary>
    private SceneVariations? VariationsThrough(string camera) =>
        _environment.Info.VisualRandomization.Unpack(_runner.Buffer.VisualParameters, 1, camera);

    /// <summary>The middle of what is drawn, endless things left out.</summary>
    private Vector3 Center()
    {
        SceneDescription scene = _environment.Info.RequiredScene;
        Vector3 sum = default;
        int count = 0;
        for (int i = 0; i < scene.Geoms.Length; i++)
        {
            if (scene.Geoms[i].Shape == GeomShape.Plane) continue;
            sum += new Vector3(_runner.Buffer.Poses.AsSpan(i * SceneDescription.FloatsPerPose, 3));
            count++;
        }

        return sum / Math.Max(1, count);
    }

    private static float Finite(float value) =>
        float.IsFinite(value) ? value : throw new NonFiniteException("What was asked for", "x, y or zoom");
}
