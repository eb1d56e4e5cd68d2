using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>Acts in a method of the probe's caller: what environments do next.</summary>
/// <param name="seen">What they showed last.</param>
/// <param name="actions">[N, A], overwritten.</param>
internal delegate void ChooseActions(StepBuffer seen, float[] actions);

/// <summary>
/// Steps N environments on for a moment and says what a reward pays for it and how true the goal is all the while, row by row.
/// </summary>
/// <remarks>
/// A moment is <see cref="Frames"/> frames, <see cref="Stride"/> control steps apart, so that a reward that flickers for one frame pays
/// little for it; truth is read at the steps between them too. Lends everything it is given. Not thread-safe.
/// </remarks>
internal sealed class WindowProbe
{
    /// <summary>Frames of a moment.</summary>
    public const int Frames = 4;

    /// <summary>Control steps from one frame to the next.</summary>
    public const int Stride = 2;

    private readonly AuditGoal _goal;
    private readonly RewardStack _reward;
    private readonly TrajectoryBatch _batch;
    private readonly FrameRecorder _recorder;
    private readonly StepBuffer _buffer;
    private readonly int _every, _stateLength;
    private readonly float[] _actions, _seen, _zeros, _scores;

    /// <summary>A probe of some environments.</summary>
    public WindowProbe(IVectorEnvironment environment, AuditGoal goal, RewardStack reward, RendererPool renderers, string camera)
    {
        (Environment, _goal, _reward) = (environment, goal, reward);
        EnvironmentInfo info = environment.Info;
        _every = reward.Frames.Aggregate(1, (all, spec) => Math.Max(all, spec.Every));
        if (reward.Frames.Any(spec => _every % spec.Every != 0))
            _every = reward.Frames.Select(spec => spec.Every).Distinct().Aggregate(1, (all, every) => checked(all * every));
        (_buffer, _stateLength) = (new StepBuffer(Count, info), info.State.Length);
        _batch = new TrajectoryBatch(Frames * _every, Count, info.WithoutImage(), reward.Frames);
        _recorder = new FrameRecorder(environment, _batch, camera, renderers);
        (_actions, _zeros) = (new float[Count * info.Actions.Length], new float[Count]);
        (_seen, _scores) = (new float[_buffer.Observations.Length], new float[_batch.Rows]);
    }

    /// <summary>What is stepped. Lent.</summary>
    public IVectorEnvironment Environment { get; }

    /// <summary>N.</summary>
    public int Count => Environment.Count;

    /// <summary>Begins episodes from anywhere.</summary>
    public void Begin(ulong seed) => Environment.Reset(seed, StartDistribution.WholeRange, _buffer);

    /// <summary>Steps on for a moment and scores it.</summary>
    /// <param name="choose">Acts; null lets nobody act.</param>
    /// <param name="settling">Steps before the moment begins, e.g. until a state that was set has settled.</param>
    /// <param name="cancel">Stops a source between two calls of a model.</param>
    /// <returns>[N].</returns>
    public async Task<ProbedWindow[]> WatchAsync(ChooseActions? choose, int settling, CancellationToken cancel)
    {
        bool[] ended = new bool[Count], holds = new bool[Count];
        double[] truths = new double[Count];
        TrajectoryNotes[] notes = [.. Enumerable.Range(0, Count).Select(_ => new TrajectoryNotes(_goal))];
        for (int step = 1 - settling; step <= Frames * Stride; step++)
        {
            choose?.Invoke(_buffer, _actions);
            _buffer.Observations.CopyTo(_seen, 0);
            Environment.Step(_actions, _buffer);
            for (int row = 0; row < Count; row++)
            {
                ended[row] |= _buffer.Kinds[row].Ends();
                if (step < 1) continue;
                ReadOnlySpan<float> state = _buffer.States.AsSpan(row * _stateLength, _stateLength);
                truths[row] = Math.Max(truths[row], _goal.Truth(state));
                holds[row] |= _goal.Holds(state);
            }

            if (step > 0 && step % Stride == 0) Take((step / Stride) - 1, notes);
        }

        await _recorder.FinishAsync();
        await TrajectoryScorer.ScoreAsync(_reward, _batch, _scores, cancel);
        return [.. Enumerable.Range(0, Count)
            .Select(row => new ProbedWindow(MeanOf(row), truths[row], !ended[row], holds[row], notes[row]))];
    }

    private void Take(int frame, TrajectoryNotes[] notes)
    {
        int width = _actions.Length / Count;
        for (int row = 0; row < Count; row++) notes[row].Take(_buffer, _actions.AsSpan(row * width, width), row);
        StepKind[] kinds = [.. _buffer.Kinds];
        if (frame == Frames - 1) EndAll();
        for (int step = frame * _every; step < (frame + 1) * _every; step++)
        {
            _batch.Record(step, new ObservationRows(_seen), _actions, _zeros, _buffer);
            _recorder.Take(step, _buffer);
        }

        kinds.CopyTo(_buffer.Kinds, 0);
    }

    /// <summary>Ends every moment with its last frame: the next batch shows others.</summary>
    private void EndAll()
    {
        int width = _buffer.Observations.Length / Count;
        for (int row = 0; row < Count; row++)
        {
            if (_buffer.Kinds[row].Ends()) continue;
            _buffer.Observations.AsSpan(row * width, width).CopyTo(_buffer.FinalObservations.AsSpan(row * width));
            _buffer.Kinds[row] = StepKind.Truncated;
        }
    }

    /// <summary>The mean of the frames that a score was given for; of each frame the first of its copies has all pictures.</summary>
    private double MeanOf(int row)
    {
        (double sum, int scored) = (0, 0);
        for (int frame = 0; frame < Frames; frame++)
        {
            float score = _scores[(frame * _every * Count) + row];
            if (!float.IsFinite(score)) continue;
            sum += score;
            scored++;
        }

        return scored == 0 ? double.NaN : sum / scored;
    }
}
