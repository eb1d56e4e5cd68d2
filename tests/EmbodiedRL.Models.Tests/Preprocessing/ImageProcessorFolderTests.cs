using CsCheck;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Preprocessing;

namespace EmbodiedRL.Models.Tests.Preprocessing;

public sealed class ImageProcessorFolderTests
{
    private const string Clip = """
        {"crop_size": {"height": 224, "width": 224}, "do_center_crop": true, "do_convert_rgb": true, "do_normalize": true,
         "do_rescale": true, "do_resize": true, "image_mean": [0.48145466, 0.4578275, 0.40821073],
         "image_processor_type": "CLIPImageProcessor", "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3,
         "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 224}}
        """;

    private const string OldClip = """
        {"crop_size": 224, "do_center_crop": true, "do_normalize": true, "do_resize": true, "feature_extractor_type":
         "CLIPFeatureExtractor", "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
         "resample": 3, "size": 224}
        """;

    [Theory]
    [InlineData(Clip)]
    [InlineData(OldClip)]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor"}""")]
    [InlineData("""{"image_processor": {"image_processor_type": "CLIPImageProcessorPil", "size": {"shortest_edge": 224}}}""")]
    public void Both_spellings_of_CLIP_are_the_same_processor(string json) =>
        Assert.Equivalent(new ImageProcessorSettings { Edge = 224 }, Load("preprocessor_config.json", json).Settings);

    [Fact]
    public void SigLIP_squashes_to_its_size()
    {
        ImageProcessorSettings settings = Load("preprocessor_config.json", """
            {"do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_processor_type":
             "SiglipImageProcessor", "image_std": [0.5, 0.5, 0.5], "processor_class": "SiglipProcessor", "resample": 2,
             "rescale_factor": 0.00392156862745098, "size": {"height": 384, "width": 256}}
            """).Settings;
        Assert.Equal((ResizeMode.Squash, 256, 384, ResampleFilter.Bilinear),
            (settings.Mode, settings.Width, settings.Height, settings.Filter));
        Assert.Equal([0.5, 0.5, 0.5], settings.Mean);
    }

    [Fact]
    public void Flags_switch_parts_off()
    {
        ImageProcessor processor = Load("preprocessor_config.json", """
            {"image_processor_type": "CLIPImageProcessor", "do_resize": false, "do_rescale": false, "do_normalize": false,
             "crop_size": 2}
            """);
        float[] output = new float[12];
        processor.Process([.. Enumerable.Range(0, 48).Select(i => (byte)i)], 4, 4, 3, output);
        Assert.Equal([15, 18, 27, 30], output[..4]);                // red of the four pixels in the middle
    }

    [Fact]
    public void Open_clip_takes_its_size_from_the_tower()
    {
        ImageProcessorSettings settings = Load("open_clip_config.json", """
            {"model_cfg": {"vision_cfg": {"image_size": 64}},
             "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear", "resize_mode": "longest",
              "fill_color": 7}}
            """).Settings;
        Assert.Equal((ResizeMode.Longest, 64, ResampleFilter.Bilinear, CropRounding.HalfToEven, AlphaRule.Premultiply),
            (settings.Mode, settings.Width, settings.Filter, settings.Rounding, settings.Alpha));
        Assert.Equal([7, 7, 7], settings.Fill);
    }

    [Fact]
    public void NaFlex_is_loaded_on_request_only()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["preprocessor_config.json"], """
            {"image_processor_type": "Siglip2ImageProcessor", "max_num_patches": 64, "patch_size": 8, "resample": 2}
            """);
        NaFlexProcessor processor = ImageProcessorFolder.LoadNaFlex(folder.Path);
        Assert.Equal((8, 64, ResampleFilter.Bilinear), (processor.PatchSize, processor.MaximumPatches, processor.Settings.Filter));
        Assert.Contains("NaFlex", Assert.Throws<SettingsException>(() => ImageProcessorFolder.Load(folder.Path)).Message);
    }

    [Theory]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "size": -3}""", "shortest edge")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "crop_size": 100000}""", "size")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "image_mean": [0.5, 0.5]}""", "mean")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "image_std": [0.5, 0.5, 0]}""", "deviation")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "rescale_factor": -1}""", "scale")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "resample": 4}""", "resample")]
    [InlineData("""{"image_processor_type": "OwlViTImageProcessor"}""", "OwlViT")]
    [InlineData("""{"image_processor_type": "SiglipImageProcessor", "size": {"area": 3}}""", "size")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "size": "large"}""", "size")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor", "do_center_crop": false}""", "crop")]
    public void A_bad_setting_is_one_error_that_names_file_and_setting(string json, string word)
    {
        Exception error = Assert.ThrowsAny<EmbodiedException>(() => Load("preprocessor_config.json", json));
        Assert.Contains("preprocessor_config.json", error.Message);
        Assert.Contains(word, error.Message);
    }

    [Fact]
    public void A_folder_without_a_processor_names_the_files_looked_for()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("preprocessor_config.json",
            Assert.Throws<AssetMissingException>(() => ImageProcessorFolder.Load(folder.Path)).Message);
    }

    [Fact]
    public void Altered_files_load_or_fail_with_an_error_that_names_them() =>
        Gen.Select(Gen.Int[0, Clip.Length - 1], Gen.OneOfConst("", "[", "{", "-1", "\"x\"", "null", "9999999999")).Sample((place, text) =>
        {
            try
            {
                Load("preprocessor_config.json", Clip[..place] + text + Clip[Math.Min(Clip.Length, place + 1)..]);
                return true;
            }
            catch (EmbodiedException error)
            {
                return error.Message.Contains("preprocessor_config.json", StringComparison.Ordinal);
            }
        }, iter: 400);

    private static ImageProcessor Load(string name, string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], json);
        return (ImageProcessor)ImageProcessorFolder.Load(folder.Path);
    }
}
