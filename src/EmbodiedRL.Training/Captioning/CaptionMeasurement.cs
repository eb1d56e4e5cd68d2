using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Evaluation of image-text models as rewards, over states and images that no training draws.</summary>
/// <remarks>Equal settings show every model the same states, so that figures of models can be compared.</remarks>
/// <param name="settings">Checked before anything is drawn.</param>
/// <param name="services">Environments, and the goal-baseline reward with its defaults.</param>
internal sealed class CaptionMeasurement(MeasurementSettings settings, RunServices services)
{
    private const int NoisePictures = 16, EmptyPictures = 16, StrangePictures = 64;

    /// <summary>Measures a model.</summary>
    /// <param name="model">Lent.</param>
    /// <param name="environments">Names; all of them have facts.</param>
    /// <param name="files">Sentences that people wrote; those of other environments are left out.</param>
    /// <param name="progress">Told what is done next; may be null.</param>
    /// <param name="cancel">Asked before every environment and every batch of images.</param>
    /// <exception cref="SettingsException">A setting cannot be used, or an environment has no facts.</exception>
    /// <exception cref="CorruptFileException">A sentence names a fact that its environment does not have.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public ModelFigures Measure(IImageTextModel model, IReadOnlyList<string> environments, IReadOnlyList<SentenceFile> files,
        Action<string>? progress, CancellationToken cancel)
    {
        settings.Validate();
        foreach (string name in environments) Check(name, files);
        var states = new List<MeasuredStates>();
        var pictures = new List<(string Environment, byte[] Pictures)>();
        foreach (string name in environments)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke($"Drawing states of {name}");
            MeasuredStates drawn = MeasuredStates.Draw(settings, name, services);
            using MeasuredImages images = ImagesOf(drawn, model);
            pictures.Add((name, images.RenderSpread(StrangePictures, withoutBodies: false)));
            states.Add(drawn);
        }

        var sentences = new List<SentenceFigure>();
        var figures = new List<EnvironmentFigure>();
        var written = new List<WrittenFigure>();
        foreach (MeasuredStates drawn in states)
        {
            progress?.Invoke($"Measuring on {drawn.Info.Name}");
            using MeasuredImages images = ImagesOf(drawn, model);
            var grammar = new CaptionGrammar(drawn.Info);
            IReadOnlyList<MeasuredSentence> asked = MeasuredSentences.Of(grammar, drawn.Info, settings.Seed,
                model.Record.Find(drawn.Info));
            using var scorer = new SentenceScorer(services.Rewards, model, drawn.Info, asked.Select(sentence => sentence.Caption.Text));
            var measurement = new EnvironmentMeasurement(drawn, images, asked, scorer, cancel);
            sentences.AddRange(measurement.Sentences());
            foreach (SentenceFile file in files.Where(file => file.Environment == drawn.Info.Name))
                written.AddRange(measurement.Written(file, grammar));
            figures.Add(measurement.Environment(
            [
                ("black picture", new byte[images.FrameBytes]),
                ("white picture", Filled(images.FrameBytes, byte.MaxValue)),
                ("noise", Noise(NoisePictures * images.FrameBytes)),
                ("the scene without what moves", images.RenderSpread(EmptyPictures, withoutBodies: true)),
                .. pictures.Where(other => other.Environment != drawn.Info.Name),
            ]));
        }

        return new ModelFigures(KindFigure.Of(sentences), sentences, figures, written);
    }

    /// <summary>Measures what a model makes of facts and environments that it was not taught.</summary>
    /// <param name="model">Lent; keeps a record of its training.</param>
    /// <param name="environments">Names; all of them have facts.</param>
    /// <param name="progress">Told what is done next; may be null.</param>
    /// <param name="cancel">Asked before every environment and every batch of images.</param>
    /// <exception cref="SettingsException">It was taught all that can be said.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public IReadOnlyList<LeftOutFigure> MeasureLeftOut(IImageTextModel model, IReadOnlyList<string> environments,
        Action<string>? progress, CancellationToken cancel)
    {
        EnvironmentInfo[] infos = [.. environments.Select(InfoOf).Where(info => model.Record.Find(info) is not { } taught
            || info.Facts.Any(fact => fact.IsVisible && taught.Facts.All(known => known.Name != fact.Name)))];
        if (infos.Length == 0) throw new SettingsException("--left-out", [$"{model.Name} was taught all that can be said."]);
        ModelFigures figures = Measure(model, [.. infos.Select(info => info.Name)], [], progress, cancel);
        return LeftOutFigure.Of(figures.Sentences, model.Record, infos);
    }

    private EnvironmentInfo InfoOf(string name)
    {
        using IVectorEnvironment environment = services.Environment(name, 1, 1);
        return environment.Info;
    }

    /// <summary>What can be refused before anything is drawn.</summary>
    private void Check(string name, IReadOnlyList<SentenceFile> files)
    {
        EnvironmentInfo info = InfoOf(name);
        if (info.Facts.IsEmpty) throw new SettingsException("--envs", [$"nothing can be said of {name}: no facts are written for it."]);
        foreach (SentenceFile file in files.Where(file => file.Environment == name))
            foreach (WrittenSentence sentence in file.Sentences.Where(sentence => sentence.Facts is not null))
                _ = file.Intended(sentence, info);
    }

    private MeasuredImages ImagesOf(MeasuredStates states, IImageTextModel model) =>
        new(states, model.ImageSize, Rng.For(settings.Seed, $"images/{states.Info.Name}").NextBits());

    private static byte[] Filled(int length, byte level)
    {
        byte[] picture = new byte[length];
        picture.AsSpan().Fill(level);
        return picture;
    }

    private byte[] Noise(int length)
    {
        byte[] pictures = new byte[length];
        var rng = Rng.For(settings.Seed, "noise pictures");
        for (int i = 0; i < length; i++) pictures[i] = (byte)rng.Below(byte.MaxValue + 1);
        return pictures;
    }
}
