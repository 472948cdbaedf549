package forecast

import "math"

// Negative binomial with mean mu and size r: variance mu + mu²/r. An infinite r is the
// Poisson distribution. r grows without bound where counts vary no more than chance.

// maxSize is the size from which a negative binomial is computed as Poisson.
const maxSize = 1e7

// countable is the mean above which counts are taken for amounts, unless they vary wildly.
const countable = 500

func uncountable(mu, r float64) bool { return mu > countable && mu > 6*(1+mu/r) }

func nbVariance(mu, r float64) float64 { return mu + mu*mu/r }

// nbLogPMF is the logarithm of the probability of the count k ≥ 0.
func nbLogPMF(k, mu, r float64) float64 {
	if mu <= 0 {
		if k == 0 {
			return 0
		}
		return math.Inf(-1)
	}
	lk, _ := math.Lgamma(k + 1)
	if r >= maxSize {
		return k*math.Log(mu) - mu - lk
	}
	a, _ := math.Lgamma(k + r)
	b, _ := math.Lgamma(r)
	return a - b - lk - r*math.Log1p(mu/r) - k*math.Log1p(r/mu)
}

// nbCDF is the probability of a count of at most k.
func nbCDF(k, mu, r float64) float64 {
	k = math.Floor(k)
	switch {
	case k < 0:
		return 0
	case mu <= 0:
		return 1
	case uncountable(mu, r), mu > 1e5, k > 1e7:
		return amountCDF(k+.5, mu, math.Sqrt(nbVariance(mu, r)))
	case r >= maxSize:
		return 1 - gammaP(k+1, mu)
	}
	return betaI(r, k+1, r/(r+mu), mu/(r+mu))
}

// nbQuantile is the least count whose nbCDF reaches p.
func nbQuantile(p, mu, r float64) float64 {
	if mu <= 0 || p <= 0 {
		return 0
	}
	p = min(p, 1-1e-12)
	sd := math.Sqrt(nbVariance(mu, r))
	if uncountable(mu, r) || mu > 1e5 {
		return math.Round(around(mu, sd, p))
	}
	// Cornish and Fisher's expansion lands near it; Newton's steps and then single ones end at it.
	z, skew := normQuantile(p), (1+2*mu/min(r, maxSize))/sd
	x := math.Floor(max(0, mu+sd*(z+skew*(z*z-1)/6)))
	c := nbCDF(x, mu, r)
	for range 8 {
		f := math.Exp(nbLogPMF(x, mu, r))
		step := math.Trunc((p - c) / f)
		if !(math.Abs(step) >= 2) || math.IsInf(step, 0) {
			break
		}
		step = max(-3*sd-x/2, min(step, 3*sd+2))
		x = max(0, x+math.Trunc(step))
		c = nbCDF(x, mu, r)
	}
	f := math.Exp(nbLogPMF(x, mu, r))
	size := min(r, maxSize)
	const most = 100000
	if c < p {
		for range most {
			x++
			f *= (x - 1 + size) / x * (mu / (mu + size))
			if c += f; c >= p || f < 1e-300 {
				break
			}
		}
		return x
	}
	for range most {
		if x == 0 || c-f < p {
			break
		}
		c -= f
		f *= x / (x - 1 + size) * ((mu + size) / mu)
		x--
	}
	return x
}

// normQuantile is the quantile of the standard normal distribution.
func normQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// normCDF is the probability of a standard normal value of at most z.
func normCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// gammaP is the regularised lower incomplete gamma function, by its series below a+1 and
// by Lentz's continued fraction above (Abramowitz and Stegun 6.5.29, 6.5.31).
func gammaP(a, x float64) float64 {
	if x <= 0 {
		return 0
	}
	lg, _ := math.Lgamma(a)
	front := math.Exp(a*math.Log(x) - x - lg)
	rounds := 200 + int(12*math.Sqrt(a))
	if x < a+1 {
		sum, term := 1/a, 1/a
		for i := 1; i < rounds; i++ {
			term *= x / (a + float64(i))
			sum += term
			if term < sum*1e-16 {
				break
			}
		}
		return min(1, front*sum)
	}
	b := x + 1 - a
	c, d := 1e300, 1/b
	h := d
	for i := 1; i < rounds; i++ {
		an := -float64(i) * (float64(i) - a)
		b += 2
		d = 1 / nonZero(an*d+b)
		c = nonZero(b + an/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return max(0, 1-front*h)
}

// betaI is the regularised incomplete beta function at x = 1 − y, both given so that
// neither loses digits (Abramowitz and Stegun 26.5.8, by Lentz's method).
func betaI(a, b, x, y float64) float64 {
	if x <= 0 {
		return 0
	}
	if y <= 0 {
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log(y))
	if x < (a+1)/(a+b+2) {
		return min(1, front*betaFraction(a, b, x)/a)
	}
	return max(0, 1-front*betaFraction(b, a, y)/b)
}

func betaFraction(a, b, x float64) float64 {
	c, d := 1.0, 1/nonZero(1-(a+b)*x/(a+1))
	h := d
	rounds := 200 + int(12*math.Sqrt(max(a, b)))
	for i := 1; i < rounds; i++ {
		m := float64(i)
		t := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / nonZero(1+t*d)
		c = nonZero(1 + t/c)
		h *= d * c
		t = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / nonZero(1+t*d)
		c = nonZero(1 + t/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-14 {
			break
		}
	}
	return h
}

func nonZero(x float64) float64 {
	if math.Abs(x) < 1e-300 {
		return 1e-300
	}
	return x
}

// around is the quantile of an amount that cannot be negative: a gamma distribution by
// Wilson and Hilferty's cube (1931).
func around(mean, sd, p float64) float64 {
	if mean <= 0 || sd <= 0 {
		return max(0, mean)
	}
	k := mean * mean / (sd * sd)
	if k < .3 {
		return nbQuantile(p, min(mean, 1e4), 1/max(1/k-1/mean, 1e-7)) * max(1, mean/1e4)
	}
	c := 1 - 1/(9*k) + normQuantile(p)/(3*math.Sqrt(k))
	return mean * max(0, c) * c * c
}

// amountCDF is the probability of at most v, the inverse of around.
func amountCDF(v, mean, sd float64) float64 {
	k := mean * mean / (sd * sd)
	return normCDF((math.Cbrt(v/mean) - 1 + 1/(9*k)) * 3 * math.Sqrt(k))
}
