package media

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// fit returns img as RGBA with no side longer than limit. Large pictures are first
// averaged in whole boxes, band by band, so that little memory is needed beyond the
// decoded picture; the rest, less than a half, is bilinear.
func fit(img image.Image, limit int) *image.RGBA {
	size := img.Bounds().Size()
	longest := max(size.X, size.Y)
	if k := longest / limit; k > 1 {
		small := average(img, k)
		if s := small.Bounds().Size(); max(s.X, s.Y) <= limit {
			return small
		}
		img = small
	}
	w, h := size.X, size.Y
	if longest > limit {
		w, h = max(1, w*limit/longest), max(1, h*limit/longest)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if img.Bounds().Size() == dst.Bounds().Size() {
		draw.Draw(dst, dst.Bounds(), img, img.Bounds().Min, draw.Src)
	} else {
		draw.ApproxBiLinear.Scale(dst, dst.Bounds(), img, img.Bounds(), draw.Src, nil)
	}
	return dst
}

// average shrinks img by the whole factor k; boxes at the right and lower edge may
// be cut.
func average(img image.Image, k int) *image.RGBA {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, (w+k-1)/k, (h+k-1)/k))
	band := image.NewRGBA(image.Rect(0, 0, w, k))
	for y := range dst.Rect.Dy() {
		rows := min(k, h-y*k)
		draw.Draw(band, image.Rect(0, 0, w, rows), img, image.Pt(b.Min.X, b.Min.Y+y*k), draw.Src)
		for x := range dst.Rect.Dx() {
			cols := min(k, w-x*k)
			var sum [4]int
			for row := range rows {
				at := row*band.Stride + x*k*4
				for pix := band.Pix[at : at+cols*4]; len(pix) >= 4; pix = pix[4:] {
					sum[0] += int(pix[0])
					sum[1] += int(pix[1])
					sum[2] += int(pix[2])
					sum[3] += int(pix[3])
				}
			}
			n, out := rows*cols, dst.Pix[y*dst.Stride+x*4:]
			for i, s := range sum {
				out[i] = uint8((s + n/2) / n)
			}
		}
	}
	return dst
}

// upright turns img as its EXIF orientation asks (TIFF 6.0, tag 274): 1 is upright,
// 2, 4, 5 and 7 are mirrored, 5 to 8 lie on a side.
func upright(img *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch orientation {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			copy(dst.Pix[dy*dst.Stride+dx*4:], img.Pix[y*img.Stride+x*4:][:4])
		}
	}
	return dst
}

// onWhite removes transparency.
func onWhite(img *image.RGBA) *image.RGBA {
	dst := image.NewRGBA(img.Rect)
	draw.Draw(dst, dst.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(dst, dst.Rect, img, img.Rect.Min, draw.Over)
	return dst
}
