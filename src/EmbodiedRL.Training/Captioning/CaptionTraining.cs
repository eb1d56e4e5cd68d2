using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Captioning;

/// <summary>
/// Makes a <see cref="SceneClip"/> from environments that know what can be said of them: draws pictures and sentences, teaches, measures.
/// </summary>
/// <remarks>
/// Equal settings give equal weights, bit for bit, on one machine type with one count of libtorch
/// threads, whether it was interrupted and continued from a snapshot or not. Owns everything; not thread-safe.
/// </remarks>
public sealed class CaptionTraining : ISnapshot, IDisposable
{
    private const string Draw = "draw", Teach = "teach";

    private static readonly string[] Phases = [Draw, Teach];

    private readonly CaptionedScenes _scenes;
    private readonly SceneClipTrainer _trainer;
    private readonly RunServices _services;
    private readonly Dictionary<string, double> _before = new(StringComparer.Ordinal);

    /// <summary>Makes environments and an untrained model.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="services">Where environments come from.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SettingsException">A setting cannot be used, or an environment has no facts.</exception>
    /// <exception cref="UnknownNameException">There is no such environment.</exception>
    public CaptionTraining(CaptioningSettings settings, RunServices services, TimeProvider time)
    {
        settings.Validate();
        foreach (string name in settings.Environments)
            if (!services.Environments.Contains(name)) throw new UnknownNameException("environment", name, services.Environments.Names);
        TorchRuntime.SetThreads(settings.Threads);
        (Settings, Clock, _services) = (settings, new PhaseClock(time), services);
        _scenes = new CaptionedScenes(settings, services);
        try
        {
            Model = SceneClip.Create(_scenes.Vocabulary, settings.Seed, settings.Model);
            Model.Record = TrainingRecord.Of(_scenes.Samplers.Select(sampler => sampler.Info));
            _trainer = new SceneClipTrainer(Model);
        }
        catch
        {
            _scenes.Dispose();
            throw;
        }
    }

    /// <summary>What the weights depend on.</summary>
    public CaptioningSettings Settings { get; }

    /// <summary>The model; lent.</summary>
    public SceneClip Model { get; }

    /// <summary>Batches done.</summary>
    public long Step { get; private set; }

    /// <summary>Running mean of the loss over about a hundred batches.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Where the time goes: draw, teach, measure.</summary>
    public PhaseClock Clock { get; }

    /// <summary>Seconds by phase, those before an interruption included.</summary>
    public IReadOnlyDictionary<string, double> Seconds =>
        Clock.Seconds.ToDictionary(phase => phase.Key, phase => phase.Value + _before.GetValueOrDefault(phase.Key), StringComparer.Ordinal);

    /// <summary>Trains to the end.</summary>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancel">Asked before every batch.</param>
    /// <exception cref="OperationCanceledException">It was canceled; nothing was written anywhere.</exception>
    public void Run(Action<CaptionTraining>? progress, CancellationToken cancel)
    {
        while (Step < Settings.Steps)
        {
            cancel.ThrowIfCancellationRequested();
            CaptionedBatch batch;
            using (Clock.Measure(Draw)) batch = _scenes.Draw(Step);
            using (Clock.Measure(Teach))
                Follow(_trainer.Step(batch.Frames, batch.Captions, batch.Truth, Settings.RateAt(Step), batch.Shown));
            Step++;
            progress?.Invoke(this);
        }
    }

    /// <summary>Measures the model on every kind of sentence in every environment, as <c>models eval</c> does.</summary>
    /// <param name="files">Sentences that people wrote.</param>
    /// <param name="cancel">Asked before every batch of images.</param>
    /// <exception cref="CorruptFileException">A written sentence names a fact that its environment does not have.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public ModelFigures Measure(IReadOnlyList<SentenceFile> files, CancellationToken cancel)
    {
        using PhaseClock.Measurement timed = Clock.Measure("measure");
        return new CaptionMeasurement(Settings.Measurement, _services).Measure(Model, Settings.Environments, files, null, cancel);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("step", Step);
        into.Put("loss", Loss);
        foreach (string phase in Phases) into.Put($"seconds/{phase}", Seconds.GetValueOrDefault(phase));
        into.Put<byte>("settings", Encoding.UTF8.GetBytes(RunJson.Of(Settings)));
        ((ISnapshot)Model).Save(into.Section("model"));
        _trainer.Save(into.Section("trainer"));
        foreach (CaptionedImageSampler sampler in _scenes.Samplers)
            sampler.Perception.Save(into.Section($"perception/{sampler.Info.Name}"));
    }

    /// <inheritdoc/>
    /// <remarks>Plays again what was played until then, so that the next batch is the one that would have come.</remarks>
    /// <exception cref="SpecMismatchException">It was saved by a training of other settings.</exception>
    public void Load(Snapshot from)
    {
        if (!from.GetAll<byte>("settings").AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(RunJson.Of(Settings))))
            throw new SpecMismatchException("the interrupted training", "one of the same settings", "one of other settings");
        ((ISnapshot)Model).Load(from.Section("model"));
        _trainer.Load(from.Section("trainer"));
        foreach (CaptionedImageSampler sampler in _scenes.Samplers)
            sampler.Perception.Load(from.Section($"perception/{sampler.Info.Name}"));
        (Step, Loss) = (from.Get<long>("step"), from.Get<double>("loss"));
        foreach (string phase in Phases) _before[phase] = from.Get<double>($"seconds/{phase}");
        _scenes.Skip(Step);
    }

    /// <summary>Frees model, environments and renderers.</summary>
    public void Dispose()
    {
        _trainer.Dispose();
        Model.Dispose();
        _scenes.Dispose();
    }

    private void Follow(double loss)
    {
        const double forgotten = 0.01;
        Loss = double.IsNaN(Loss) ? loss : Loss + (forgotten * (loss - Loss));
    }
}
