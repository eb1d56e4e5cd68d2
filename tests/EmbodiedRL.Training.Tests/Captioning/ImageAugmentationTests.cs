using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class ImageAugmentationTests
{
    private const int Side = 32;

    private static readonly ImageAugmentation Augmentation = new(Side, 3);

    [Fact]
    public void An_image_changes_as_its_row_says()
    {
        byte[] Change(int row)
        {
            byte[] image = [.. Enumerable.Repeat((byte)128, Side * Side * 3)];
            Augmentation.Apply(row, image);
            return image;
        }

        byte[][] images = [.. Enumerable.Range(0, 200).Select(Change)];
        Assert.Equal(images[7], Change(7));
        int untouched = images.Count(image => image.All(value => value == 128));
        int erased = images.Count(image => image.Chunk(3).Count(pixel => pixel.All(value => value == 0)) >= Side * Side / 100);
        Assert.InRange(untouched, 5, 80);
        Assert.InRange(erased, 20, 100);
        Assert.All(images, image => Assert.True(image.Chunk(3).Count(pixel => pixel.All(value => value == 0)) < Side * Side / 3));
    }

    [Fact]
    public void A_blank_image_shows_nothing_of_what_was_there()
    {
        byte[] Blank(int row, byte before)
        {
            byte[] image = [.. Enumerable.Repeat(before, Side * Side * 3)];
            Augmentation.Blank(row, image);
            return image;
        }

        for (int row = 0; row < 20; row++) Assert.Equal(Blank(row, 1), Blank(row, 250));
        Assert.Contains(Enumerable.Range(0, 100), row => Blank(row, 1).All(value => value == 0));
        Assert.Contains(Enumerable.Range(0, 100), row => Blank(row, 1).All(value => value == 255));
        Assert.Contains(Enumerable.Range(0, 100), row => Blank(row, 1).Distinct().Count() > 100);
    }
}
