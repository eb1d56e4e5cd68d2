using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Preprocessing;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Images of a prompt in words: markers of images become as many image tokens as there are features.</summary>
internal static class ImagePrompts
{
    /// <summary>An image of Idefics3 or SmolVLM: tokens of each tile under its row and column, then those of the whole image.</summary>
    /// <param name="rows">Rows of tiles; 0 where the image is not cut.</param>
    /// <param name="columns">Columns of tiles; 0 where the image is not cut.</param>
    /// <param name="tokens">Image tokens of a tile.</param>
    /// <param name="image">The image token.</param>
    /// <param name="around">The token around tiles.</param>
    /// <param name="whole">The token before the whole image.</param>
    public static string Tiles(int rows, int columns, int tokens, string image = "<image>", string around = "<fake_token_around_image>",
        string whole = "<global-img>")
    {
        string features = new StringBuilder().Insert(0, image, tokens).ToString();
        var prompt = new StringBuilder();
        for (int row = 1; row <= rows; row++)
        {
            for (int column = 1; column <= columns; column++)
                prompt.Append(FormattableString.Invariant($"{around}<row_{row}_col_{column}>")).Append(features);
            prompt.Append('\n');
        }

        if (rows > 0) prompt.Append('\n');
        return prompt.Append(around).Append(whole).Append(features).Append(around).ToString();
    }

    /// <summary>Puts each image in the place of its marker.</summary>
    /// <param name="text">With a marker for each image, in order.</param>
    /// <param name="marker">What stands for an image.</param>
    /// <param name="images">What each becomes.</param>
    /// <exception cref="SpecMismatchException">There are more or fewer markers, e.g. as somebody's words hold one.</exception>
    public static string Expand(string text, string marker, IReadOnlyList<string> images)
    {
        string[] parts = text.Split(marker);
        if (parts.Length - 1 != images.Count)
            throw new SpecMismatchException($"markers {marker} in a prompt", $"{images.Count}, one for each image", $"{parts.Length - 1}");
        var prompt = new StringBuilder(parts[0]);
        for (int i = 0; i < images.Count; i++) prompt.Append(images[i]).Append(parts[i + 1]);
        return prompt.ToString();
    }
}
